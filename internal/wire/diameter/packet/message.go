package packet

import (
	"encoding/binary"
	"errors"
)

// Sizes in octets.
const (
	HeaderLength = 20
	MaxLength    = 64 << 10  // of a message, unless the reader says otherwise
	fieldLength  = 1<<24 - 1 // what a length field of three octets can say
)

// Command flags (RFC 6733 section 3).
const (
	FlagRequest       byte = 0x80
	FlagProxiable     byte = 0x40
	FlagError         byte = 0x20
	FlagRetransmitted byte = 0x10
)

// What a stream can get wrong so badly that the next message cannot be found.
var (
	ErrVersion = errors.New("not Diameter version 1")
	ErrLength  = errors.New("invalid Diameter message length")
)

// Message is a whole message whose header is sound. Its attributes may not be: Next tells.
type Message []byte

// Length reads the first four octets of a message: how long it is, at most limit.
func Length(head []byte, limit int) (int, error) {
	if len(head) < 4 || head[0] != 1 {
		return 0, ErrVersion
	}
	n := int(head[1])<<16 | int(head[2])<<8 | int(head[3])
	if n < HeaderLength || n%4 != 0 || n > limit {
		return 0, ErrLength
	}
	return n, nil
}

// Parse takes the octets of one message.
func Parse(b []byte) (Message, error) {
	n, err := Length(b, fieldLength)
	if err != nil {
		return nil, err
	}
	if n != len(b) {
		return nil, ErrLength
	}
	return Message(b), nil
}

// Flags are the command flags.
func (m Message) Flags() byte { return m[4] }

// Request reports whether it is a request, else it is an answer.
func (m Message) Request() bool { return m[4]&FlagRequest != 0 }

// Command is the command code.
func (m Message) Command() Command {
	return Command(uint32(m[5])<<16 | uint32(m[6])<<8 | uint32(m[7]))
}

// Application is the application id.
func (m Message) Application() uint32 { return binary.BigEndian.Uint32(m[8:]) }

// HopByHop matches an answer with its request on one connection.
func (m Message) HopByHop() uint32 { return binary.BigEndian.Uint32(m[12:]) }

// EndToEnd tells a repeated request from another one, together with its Origin-Host.
func (m Message) EndToEnd() uint32 { return binary.BigEndian.Uint32(m[16:]) }

// SetHopByHop changes the message in place.
func (m Message) SetHopByHop(id uint32) { binary.BigEndian.PutUint32(m[12:], id) }

// SetEndToEnd changes the message in place.
func (m Message) SetEndToEnd(id uint32) { binary.BigEndian.PutUint32(m[16:], id) }

// SetRetransmitted sets the T flag in place.
func (m Message) SetRetransmitted() { m[4] |= FlagRetransmitted }

// AVPs is the list that Next reads.
func (m Message) AVPs() []byte { return m[HeaderLength:] }

// Find returns the first attribute of an id on the top level. Broken attributes end the search.
func (m Message) Find(id ID) (AVP, bool) { return Find(m.AVPs(), id) }

// Find returns the first attribute of an id in a list. Broken attributes end the search.
func Find(list []byte, id ID) (AVP, bool) {
	for len(list) > 0 {
		a, rest, err := Next(list)
		if err != nil {
			return AVP{}, false
		}
		if a.ID == id {
			return a, true
		}
		list = rest
	}
	return AVP{}, false
}
