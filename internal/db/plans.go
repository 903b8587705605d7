package db

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// SQLite looks at bound values when it plans a query, and plans again whenever one changes: for a point query over a
// few joined tables that is ten times the work of answering it. Every connection of this process therefore asks for
// stable plans (SQLITE_DBCONFIG_ENABLE_QPSG), through the hook that SQLite calls for each new connection, since the
// driver has no call for it.
var stablePlans = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	hook := struct {
		fn func(*libc.TLS, uintptr, uintptr, uintptr) int32
	}{enableStablePlans}
	if code := lib.Xsqlite3_auto_extension(tls, *(*uintptr)(unsafe.Pointer(&hook))); code != lib.SQLITE_OK {
		return fmt.Errorf("stable query plans: SQLite error %d", code)
	}
	return nil
})

func enableStablePlans(tls *libc.TLS, conn, _, _ uintptr) int32 {
	args := libc.NewVaList(int32(1), uintptr(0))
	if args == 0 {
		return lib.SQLITE_NOMEM
	}
	defer libc.Xfree(tls, args)
	return lib.Xsqlite3_db_config(tls, conn, lib.SQLITE_DBCONFIG_ENABLE_QPSG, args)
}
