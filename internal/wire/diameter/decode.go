package diameter

import (
	"bytes"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// each reads a list of attributes until take fails.
func each(list []byte, take func(packet.AVP) error) error {
	for len(list) > 0 {
		a, rest, err := packet.Next(list)
		if err == nil {
			err = take(a)
		}
		if err != nil {
			return err
		}
		list = rest
	}
	return nil
}

// number reads an Unsigned32.
func number(a packet.AVP, into *int64) error {
	v, err := a.Unsigned32()
	if err == nil {
		*into = int64(v)
	}
	return err
}

// take reads what Gy and Gx have in common: on the level of the command, and of PS-Information on Gy.
func (s *Session) take(a packet.AVP) (err error) {
	switch a.ID {
	case packet.SessionID:
		return text(a, &s.SessionID)
	case packet.OriginHost:
		return text(a, &s.OriginHost)
	case packet.OriginRealm:
		return text(a, &s.OriginRealm)
	case packet.CCRequestType:
		v, err := a.Unsigned32()
		if err != nil {
			return err
		}
		if s.Type = RequestType(v); s.Type < Initial || s.Type > Event {
			return a.Invalid()
		}
	case packet.CCRequestNumber:
		return number(a, &s.Number)
	case packet.SubscriptionID:
		return s.takeSubscription(a)
	case packet.UserEquipmentInfo:
		return s.takeEquipment(a)
	case packet.CalledStationID:
		s.APN = apn(a.Data)
	case packet.TGPPIMSI:
		if s.IMSI == "" {
			s.IMSI = digits(a.Data, minIMSI, maxIMSI)
		}
	case packet.TGPPSGSNMCCMNC:
		s.PLMN = digits(a.Data, 5, 6)
	case packet.TGPPRATType:
		s.RAT = ratOfRADIUS(a.Data)
	case packet.TGPPUserLocationInfo:
		if len(a.Data) <= maxLocation {
			s.Location = bytes.Clone(a.Data)
		}
	case packet.TGPPMSTimeZone:
		if len(a.Data) <= maxLocation {
			s.TimeZone = bytes.Clone(a.Data)
		}
	case packet.TGPPNSAPI:
		s.NSAPI = nsapi(a.Data)
	case packet.SGSNAddress, packet.ANGWAddress:
		if !s.SGSN.IsValid() {
			s.SGSN, err = a.Address()
		}
	case packet.GGSNAddress:
		if !s.GGSN.IsValid() {
			s.GGSN, err = a.Address()
		}
	case packet.PDPAddress:
		if !s.UEAddress.IsValid() {
			s.UEAddress, err = a.Address()
		}
	}
	return err
}

// takeSubscription reads one Subscription-Id: E.164 and IMSI are told apart by their type (RFC 8506 section 8.47).
func (s *Session) takeSubscription(group packet.AVP) error {
	kind, data := Absent, []byte(nil)
	err := each(group.Data, func(a packet.AVP) error {
		switch a.ID {
		case packet.SubscriptionIDType:
			return number(a, &kind)
		case packet.SubscriptionIDData:
			data = a.Data
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case kind == 0:
		s.MSISDN = msisdn(data)
	case kind == 1:
		if s.IMSI = digits(data, minIMSI, maxIMSI); s.IMSI == "" {
			return group.Invalid()
		}
	}
	return nil
}

// takeEquipment reads User-Equipment-Info: type 0 is an IMEISV (RFC 8506 section 8.50).
func (s *Session) takeEquipment(group packet.AVP) error {
	kind, value := Absent, []byte(nil)
	err := each(group.Data, func(a packet.AVP) error {
		switch a.ID {
		case packet.UserEquipmentInfoType:
			return number(a, &kind)
		case packet.UserEquipmentInfoValue:
			value = a.Data
		}
		return nil
	})
	if err == nil && kind == 0 {
		s.IMEISV = imeisv(value)
	}
	return err
}

// check finds what is missing once everything is read, and fills what can be told from the rest.
func (s *Session) check() error {
	switch {
	case s.SessionID == "":
		return packet.Missing(packet.SessionID)
	case s.OriginHost == "":
		return packet.Missing(packet.OriginHost)
	case s.OriginRealm == "":
		return packet.Missing(packet.OriginRealm)
	case s.Type == 0:
		return packet.Missing(packet.CCRequestType)
	case s.Number == Absent:
		return packet.Missing(packet.CCRequestNumber)
	}
	if s.PLMN == "" {
		s.PLMN = plmnOfLocation(s.Location)
	}
	return nil
}
