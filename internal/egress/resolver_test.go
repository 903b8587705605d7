package egress

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
)

// answering returns a resolver in whose world every name has the given addresses (RFC 1035 4.1, over a stream).
func answering(addrs ...string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go answer(theirs, addrs)
		return ours, nil
	}}
}

func answer(conn net.Conn, addrs []string) {
	defer conn.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		end := 12
		for query[end] != 0 {
			end += int(query[end]) + 1
		}
		end += 5 // root label, type, class
		kind := binary.BigEndian.Uint16(query[end-4:])

		reply := append([]byte{}, query[:end]...)
		reply[2], reply[3] = 0x81, 0x80 // an answer, recursion available, no error
		count := uint16(0)
		for _, text := range addrs {
			addr := netip.MustParseAddr(text)
			if addr.Is4() != (kind == 1) || addr.Is6() != (kind == 28) {
				continue
			}
			count++
			data := addr.AsSlice()
			reply = append(reply, 0xc0, 12) // the name of the question
			reply = binary.BigEndian.AppendUint16(reply, kind)
			reply = append(reply, 0, 1, 0, 0, 0, 0) // class IN, TTL 0
			reply = binary.BigEndian.AppendUint16(reply, uint16(len(data)))
			reply = append(reply, data...)
		}
		binary.BigEndian.PutUint16(reply[6:], count)
		binary.BigEndian.PutUint16(reply[8:], 0)
		binary.BigEndian.PutUint16(reply[10:], 0)
		if _, err := conn.Write(binary.BigEndian.AppendUint16(nil, uint16(len(reply)))); err != nil {
			return
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}
