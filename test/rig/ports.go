package rig

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports below those that systems hand out to clients (from 32768 on Linux): a port that a killed program leaves must
// still be free when it comes back, whatever sockets clients open in the meantime.
const (
	firstPort = 15_000
	lastPort  = 32_000
)

// freeAddress returns an address of loopback that both TCP and UDP can bind.
func freeAddress() (string, error) {
	for range 200 {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(lastPort-firstPort))
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
