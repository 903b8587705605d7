package packet_test

import (
	"bytes"
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// flat is an attribute with where it lies, the groups that both readers know opened.
type flat struct {
	Depth int
	ID    packet.ID
	Flags byte
	Data  []byte // of a leaf
	Group bool
}

// theirs lists what go-diameter reads.
func theirs(avps []*diam.AVP, depth int) (list []flat) {
	for _, a := range avps {
		entry := flat{Depth: depth, ID: packet.MakeID(a.VendorID, a.Code), Flags: a.Flags}
		if group, ok := a.Data.(*diam.GroupedAVP); ok {
			entry.Group = true
			list = append(append(list, entry), theirs(group.AVP, depth+1)...)
			continue
		}
		entry.Data = a.Data.Serialize()
		list = append(list, entry)
	}
	return list
}

// ours lists the same attributes with our reader; it opens what they took for a group.
func ours(t *testing.T, b []byte, depth int, want *[]flat) (list []flat) {
	t.Helper()
	for len(b) > 0 {
		a, rest, err := packet.Next(b)
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		b = rest
		entry := flat{Depth: depth, ID: a.ID, Flags: a.Flags, Data: a.Data}
		if len(*want) == 0 {
			return append(list, entry)
		}
		group := (*want)[0].Group
		*want = (*want)[1:]
		if group {
			entry.Group, entry.Data = true, nil
			list = append(append(list, entry), ours(t, a.Data, depth+1, want)...)
			continue
		}
		list = append(list, entry)
	}
	return list
}

// go-diameter is somebody else's reading of the same standards: it reads our golden messages as we do, and writes them
// back as the same octets.
func TestGoDiameterReadsTheSame(t *testing.T) {
	for name, m := range golden(t) {
		t.Run(name, func(t *testing.T) {
			read, err := diam.ReadMessage(bytes.NewReader(m), dict.Default)
			if err != nil {
				t.Fatalf("go-diameter: %v", err)
			}
			h := read.Header
			if h.CommandCode != uint32(m.Command()) || h.ApplicationID != m.Application() || h.HopByHopID != m.HopByHop() ||
				h.EndToEndID != m.EndToEnd() || h.CommandFlags != m.Flags() || int(h.MessageLength) != len(m) {
				t.Errorf("go-diameter reads the header as %+v", h)
			}
			want := theirs(read.AVP, 0)
			queue := want
			if diff := cmp.Diff(want, ours(t, m.AVPs(), 0, &queue)); diff != "" {
				t.Errorf("attributes (-go-diameter +ours):\n%s", diff)
			}
			if written, err := read.Serialize(); err != nil || !bytes.Equal(m, written) {
				t.Errorf("go-diameter writes %x, %v", written, err)
			}
		})
	}
}

// What go-diameter writes of its own, we write too.
func TestGoDiameterWritesTheSame(t *testing.T) {
	theirs := diam.NewMessage(diam.CreditControl, diam.RequestFlag|diam.ProxiableFlag, diam.CHARGING_CONTROL_APP_ID, 7, 8, dict.Default)
	for _, a := range []struct {
		code, vendor uint32
		flags        uint8
		data         datatype.Type
	}{
		{avp.SessionID, 0, avp.Mbit, datatype.UTF8String("a;1;2")},
		{avp.CCRequestNumber, 0, avp.Mbit, datatype.Unsigned32(3)},
		{avp.VolumeQuotaThreshold, 10415, avp.Mbit | avp.Vbit, datatype.Unsigned32(4)},
		{avp.MultipleServicesCreditControl, 0, avp.Mbit, &diam.GroupedAVP{AVP: []*diam.AVP{
			diam.NewAVP(avp.UsedServiceUnit, avp.Mbit, 0, &diam.GroupedAVP{AVP: []*diam.AVP{
				diam.NewAVP(avp.CCInputOctets, avp.Mbit, 0, datatype.Unsigned64(1<<40)),
			}}),
			diam.NewAVP(avp.RatingGroup, avp.Mbit, 0, datatype.Unsigned32(10)),
		}}},
	} {
		if _, err := theirs.NewAVP(a.code, a.flags, a.vendor, a.data); err != nil {
			t.Fatal(err)
		}
	}
	want, err := theirs.Serialize()
	if err != nil {
		t.Fatal(err)
	}
	var w packet.Writer
	w.Begin(packet.FlagRequest|packet.FlagProxiable, packet.CreditControl, packet.ApplicationGy, 7, 8, 0)
	w.Text(packet.SessionID, "a;1;2")
	w.Unsigned32(packet.CCRequestNumber, 3)
	w.Unsigned32(packet.VolumeQuotaThreshold, 4)
	service := w.Open(packet.MultipleServicesCreditControl)
	used := w.Open(packet.UsedServiceUnit)
	w.Unsigned64(packet.CCInputOctets, 1<<40)
	w.Close(used)
	w.Unsigned32(packet.RatingGroup, 10)
	w.Close(service)
	got, err := w.Message()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v (-go-diameter +ours):\n%s", err, cmp.Diff(want, []byte(got)))
	}
}
