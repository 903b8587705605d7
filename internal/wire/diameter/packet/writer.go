package packet

import (
	"encoding/binary"
	"net/netip"
)

// Writer builds a message. The zero value is ready.
type Writer struct{ buf []byte }

// Begin starts a message, with room for size octets of attributes.
func (w *Writer) Begin(flags byte, command Command, application, hopByHop, endToEnd uint32, size int) {
	b := make([]byte, HeaderLength, HeaderLength+size)
	binary.BigEndian.PutUint32(b[4:], uint32(command))
	b[0], b[4] = 1, flags
	binary.BigEndian.PutUint32(b[8:], application)
	binary.BigEndian.PutUint32(b[12:], hopByHop)
	binary.BigEndian.PutUint32(b[16:], endToEnd)
	w.buf = b
}

// Message finishes the message.
func (w *Writer) Message() (Message, error) {
	if len(w.buf) > fieldLength {
		return nil, ErrLength
	}
	putLength(w.buf[1:], len(w.buf))
	return Message(w.buf), nil
}

func putLength(b []byte, n int) { b[0], b[1], b[2] = byte(n>>16), byte(n>>8), byte(n) }

// head writes an attribute's header, for n octets of data.
func (w *Writer) head(id ID, n int) {
	flags, length := byte(0), 8+n
	if id.Mandatory() {
		flags = FlagMandatory
	}
	if id.Vendor() != 0 {
		flags |= FlagVendor
		length += 4
	}
	w.buf = binary.BigEndian.AppendUint32(w.buf, id.Code())
	w.buf = append(w.buf, flags, byte(length>>16), byte(length>>8), byte(length))
	if id.Vendor() != 0 {
		w.buf = binary.BigEndian.AppendUint32(w.buf, id.Vendor())
	}
}

func (w *Writer) pad() {
	for len(w.buf)%4 != 0 {
		w.buf = append(w.buf, 0)
	}
}

// Bytes writes an OctetString.
func (w *Writer) Bytes(id ID, value []byte) {
	w.head(id, len(value))
	w.buf = append(w.buf, value...)
	w.pad()
}

// Text writes a UTF8String or DiameterIdentity.
func (w *Writer) Text(id ID, value string) {
	w.head(id, len(value))
	w.buf = append(w.buf, value...)
	w.pad()
}

// Unsigned32 writes an Unsigned32 or Enumerated.
func (w *Writer) Unsigned32(id ID, value uint32) {
	w.head(id, 4)
	w.buf = binary.BigEndian.AppendUint32(w.buf, value)
}

// Unsigned64 writes an Unsigned64.
func (w *Writer) Unsigned64(id ID, value uint64) {
	w.head(id, 8)
	w.buf = binary.BigEndian.AppendUint64(w.buf, value)
}

// Time writes seconds since 1970 as a Time, which repeats every 136 years.
func (w *Writer) Time(id ID, seconds int64) { w.Unsigned32(id, uint32(seconds+epoch1900)) }

// Address writes an address with its family. An invalid one is left out.
func (w *Writer) Address(id ID, address netip.Addr) {
	address = address.Unmap()
	if !address.IsValid() {
		return
	}
	family := byte(2)
	if address.Is4() {
		family = 1
	}
	value := address.AsSlice()
	w.head(id, 2+len(value))
	w.buf = append(w.buf, 0, family)
	w.buf = append(w.buf, value...)
	w.pad()
}

// Raw writes attributes as they are, each with its padding or the last one without.
func (w *Writer) Raw(avps []byte) {
	w.buf = append(w.buf, avps...)
	w.pad()
}

// Put writes an attribute with the flags it was read with.
func (w *Writer) Put(a AVP) {
	at := len(w.buf)
	w.Bytes(a.ID, a.Data)
	w.buf[at+4] = a.Flags
}

// Open starts a grouped attribute, which Close ends: Close(Open(id)).
func (w *Writer) Open(id ID) (at int) {
	at = len(w.buf)
	w.head(id, 0)
	return at
}

// Close ends the grouped attribute that Open started.
func (w *Writer) Close(at int) { putLength(w.buf[at+5:], len(w.buf)-at) }
