package client

import (
	"fmt"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// CreditAnswer is what the server said on Gy about the first service, or the command itself.
type CreditAnswer struct {
	Result      uint32 // of the command
	Service     uint32 // Result-Code of the service, 0 when absent
	RatingGroup int64  // Absent when absent
	Granted     int64  // CC-Total-Octets, Absent when absent
	Seconds     int64  // CC-Time, Absent when absent
	Messages    int64  // CC-Service-Specific-Units, Absent when absent
	Validity    int64  // s, 0 when absent
	Threshold   int64  // octets, 0 when absent
	Holding     int64  // s, Absent when absent
	Final       int64  // Final-Unit-Action, Absent when absent
	Number      uint32
	Raw         packet.Message
}

// Refused reports whether there is nothing to go on with.
func (a CreditAnswer) Refused() bool {
	return a.Result/1000 != 2 || a.Service != 0 && a.Service/1000 != 2
}

// field reads an Unsigned32 or Unsigned64 of an answer.
type field struct{ err error }

func (f *field) read(a packet.AVP) int64 {
	if len(a.Data) == 8 {
		v, _ := a.Unsigned64() // of this length it is one
		return int64(v)
	}
	v, err := a.Unsigned32()
	if err != nil {
		f.err = err
	}
	return int64(v)
}

// DecodeCredit reads an answer on Gy.
func DecodeCredit(m packet.Message) (CreditAnswer, error) {
	a := CreditAnswer{
		RatingGroup: Absent, Granted: Absent, Seconds: Absent, Messages: Absent, Holding: Absent, Final: Absent, Raw: m,
	}
	var f field
	if err := a.take(m.AVPs(), &f, 0, false); err != nil {
		return a, fmt.Errorf("read Credit-Control-Answer: %w", err)
	}
	return a, f.err
}

// maxDepth is how deep groups lie in groups: a service, then its grant.
const maxDepth = 2

func (a *CreditAnswer) take(list []byte, f *field, depth int, service bool) error {
	for len(list) > 0 {
		v, rest, err := packet.Next(list)
		if err != nil {
			return err
		}
		list = rest
		switch v.ID {
		case packet.ResultCode:
			if service {
				a.Service = uint32(f.read(v))
			} else {
				a.Result = uint32(f.read(v))
			}
		case packet.CCRequestNumber:
			a.Number = uint32(f.read(v))
		case packet.RatingGroup:
			a.RatingGroup = f.read(v)
		case packet.CCTotalOctets:
			a.Granted = f.read(v)
		case packet.CCTime:
			a.Seconds = f.read(v)
		case packet.CCServiceSpecificUnits:
			a.Messages = f.read(v)
		case packet.ValidityTime:
			a.Validity = f.read(v)
		case packet.VolumeQuotaThreshold:
			a.Threshold = f.read(v)
		case packet.QuotaHoldingTime:
			a.Holding = f.read(v)
		case packet.FinalUnitAction:
			a.Final = f.read(v)
		case packet.MultipleServicesCreditControl, packet.GrantedServiceUnit, packet.FinalUnitIndication:
			if depth < maxDepth {
				err = a.take(v.Data, f, depth+1, service || v.ID == packet.MultipleServicesCreditControl)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
