package rig

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"syscall"
)

// Ports below those that systems hand out to clients (from 32768 on Linux): a port that a killed program leaves must
// still be free when it comes back, whatever sockets clients open in the meantime.
const (
	firstPort = 15_000
	lastPort  = 32_000
)

// freeAddress returns an address of loopback that both TCP and UDP can bind, and that is nobody else's: its user may be down
// for a while, and another test must not take it meanwhile.
func freeAddress() (string, error) {
	for range 200 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if !reserve(port) {
			continue
		}
		address := fmt.Sprintf("127.0.0.1:%d", port)
		tcp, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		udp, err := net.ListenPacket("udp", address)
		_ = tcp.Close()
		if err != nil {
			continue
		}
		_ = udp.Close()
		return address, nil
	}
	return "", errors.New("no free port found")
}

// reserve keeps a port for this process until it ends, by a name that the system lets one socket have. It reports whether it
// was free of such.
func reserve(port int) bool {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0) // the program must not inherit it
	if err != nil {
		return true // without it there is only luck
	}
	if syscall.Bind(fd, &syscall.SockaddrUnix{Name: fmt.Sprintf("@simstead-test-port-%d", port)}) != nil {
		_ = syscall.Close(fd)
		return false
	}
	return true
}
