package client

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var secret = []byte("testing123")

// serve answers each datagram with what reply makes of it; reply is called in order.
func serve(t *testing.T, reply func(packet.Packet) [][]byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		buffer := make([]byte, packet.MaxLength)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			for _, b := range reply(bytes.Clone(buffer[:n])) {
				_, _ = conn.WriteTo(b, from)
			}
		}
	})
	t.Cleanup(func() { _ = conn.Close(); serving.Wait() })
	return conn.LocalAddr().String()
}

func connect(t *testing.T, server string) *Client {
	t.Helper()
	c, err := Dial(server, secret, 1)
	if err != nil {
		t.Fatal(err)
	}
	c.waits = []time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond}
	t.Cleanup(c.Close)
	return c
}

// answer seals an answer with the given secret.
func answer(request packet.Packet, code radius.Code, secret []byte, signed bool) []byte {
	b := packet.New(code, request.Identifier(), 64)
	if signed {
		b = packet.AppendMessageAuthenticator(b)
	}
	b = packet.Append(b, rfc2865.Class_Type, request[4:20])
	if err := packet.Seal(b, request.Authenticator(), secret); err != nil {
		panic(err)
	}
	return b
}

func TestRetransmissionIsTheSameBytes(t *testing.T) {
	sendings := make(chan packet.Packet, 3)
	c := connect(t, serve(t, func(p packet.Packet) [][]byte {
		if sendings <- p; len(sendings) < 3 {
			return nil
		}
		return [][]byte{answer(p, radius.CodeAccountingResponse, secret, false)}
	}))
	got, err := c.Exchange(t.Context(), Accounting(rfc2866.AcctStatusType_Value_Start, Session{SessionID: "s"}, Usage{}))
	if err != nil || got.Code != radius.CodeAccountingResponse {
		t.Fatalf("Exchange = %+v, %v", got, err)
	}
	first := <-sendings
	for range 2 {
		if again := <-sendings; !bytes.Equal(first, again) {
			t.Errorf("sendings differ: %x and %x", first, again)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	var mu sync.Mutex
	sent := 0
	c := connect(t, serve(t, func(packet.Packet) [][]byte { mu.Lock(); defer mu.Unlock(); sent++; return nil }))
	if _, err := c.Exchange(t.Context(), Status()); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("Exchange = %v, want %v", err, ErrNoAnswer)
	}
	mu.Lock()
	defer mu.Unlock()
	if sent != 3 {
		t.Errorf("sent %d times, want 3", sent)
	}
}

func TestAnswersThatAreNotAuthentic(t *testing.T) {
	c := connect(t, serve(t, func(p packet.Packet) [][]byte {
		other := bytes.Clone(p)
		other[1]++
		return [][]byte{
			{},
			[]byte("noise"),
			answer(p, radius.CodeAccessAccept, []byte("wrong"), true),
			answer(p, radius.CodeAccessAccept, secret, false), // unsigned
			answer(p, radius.CodeAccountingResponse, secret, false),
			answer(other, radius.CodeAccessAccept, secret, true),
			answer(p, radius.CodeAccessReject, secret, true),
			answer(p, radius.CodeAccessAccept, secret, true), // too late
		}
	}))
	got, err := c.Exchange(t.Context(), Access(Session{IMSI: "262011234567890"}))
	if err != nil || got.Code != radius.CodeAccessReject {
		t.Errorf("Exchange = %+v, %v", got, err)
	}
}

// Each exchange gets the answer to its own authenticator, whatever the order they come in. The answers are held back
// until there are fifty, or until a repeat tells that the kernel has dropped one.
func TestManyInFlight(t *testing.T) {
	var held []packet.Packet
	c := connect(t, serve(t, func(p packet.Packet) (out [][]byte) {
		repeated := slices.ContainsFunc(held, func(h packet.Packet) bool { return bytes.Equal(h, p) })
		if held = append(held, p); len(held) < 50 && !repeated {
			return nil
		}
		for i := range held {
			out = append(out, answer(held[len(held)-1-i], radius.CodeAccessAccept, secret, true))
		}
		held = nil
		return out
	}))
	c.waits = slices.Repeat([]time.Duration{300 * time.Millisecond}, 20)
	var running sync.WaitGroup
	for range 1000 {
		running.Go(func() {
			got, err := c.Exchange(t.Context(), Access(Session{IMSI: "262011234567890"}))
			if err != nil || got.Code != radius.CodeAccessAccept {
				t.Errorf("Exchange = %+v, %v", got, err)
			}
		})
	}
	running.Wait()
	if n := len(c.free); n != perSocket {
		t.Errorf("%d free identifiers, want %d", n, perSocket)
	}
}

func TestExchangeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := connect(t, serve(t, func(packet.Packet) [][]byte { cancel(); return nil }))
	c.waits = []time.Duration{time.Minute}
	if _, err := c.Exchange(ctx, Status()); !errors.Is(err, context.Canceled) {
		t.Errorf("Exchange = %v, want %v", err, context.Canceled)
	}
}

func TestRequestsAreGolden(t *testing.T) {
	session := Session{
		IMSI: "001010123456789", IMEISV: "3512345678901234", MSISDN: "49170", APN: "iot", PLMN: "00101", RAT: 6,
		Location: []byte{0x80, 0, 0xf1, 0x10, 0, 1}, ChargingID: 0x01020304, SessionID: "s1", NAS: "g",
		NASAddress: netip.MustParseAddr("10.0.0.1"), GGSN: netip.MustParseAddr("10.0.0.2"), SGSN: netip.MustParseAddr("10.0.0.3"),
		Address: netip.MustParseAddr("10.0.0.4"), NSAPI: 15, Class: []byte{0xaa},
	}
	about := "2003" + "67" + "04060a000001" + "1e05696f74" + "1f073439313730" +
		"1a17000028af0111" + hex.EncodeToString([]byte(session.IMSI)) + "1a18000028af1412" + hex.EncodeToString([]byte(session.IMEISV)) +
		"1a0d000028af12073030313031" + "1a0e000028af16088000f1100001" + "1a0c000028af07060a000002" + "1a0c000028af06060a000003" +
		"1a0c000028af020601020304" + "1a09000028af150306" + "1a09000028af0a0346"
	tests := []struct {
		name string
		in   Request
		want string
	}{
		{"access", Access(session), "0111" + hex.EncodeToString([]byte(session.IMSI)) + "060600000002" + "070600000007" + about},
		{
			"start", Accounting(rfc2866.AcctStatusType_Value_Start, session, Usage{Uplink: 5}),
			"280600000001" + "2c047331" + "08060a000004" + "1903aa" + about,
		},
		{
			"interim", Accounting(rfc2866.AcctStatusType_Value_InterimUpdate, session, Usage{
				Uplink: 2<<32 + 5, Downlink: 7, Seconds: 60, At: time.Unix(16, 0), Delay: 3,
			}),
			"280600000003" + "2c047331" + "08060a000004" + "1903aa" + "2a0600000005" + "2b0600000007" + "340600000002" +
				"350600000000" + "2e060000003c" + "370600000010" + "290600000003" + about,
		},
		{"restart", Restart(rfc2866.AcctStatusType_Value_AccountingOn, session, Usage{}), "280600000007" + "200367" + "04060a000001"},
		{"status", Status(), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, hex.EncodeToString(test.in.Attributes)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			b, err := test.in.encode(9, [16]byte{1}, secret)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := radius.Parse(b, secret); err != nil || !radius.IsAuthenticRequest(b, secret) && test.in.Code == radius.CodeAccountingRequest {
				t.Errorf("layeh: %v", err)
			}
			signature := packet.Check(b, [16]byte{1}, secret)
			if signed := test.in.Code != radius.CodeAccountingRequest; signed != (signature == packet.Good) {
				t.Errorf("signature %v", signature)
			}
		})
	}
}
