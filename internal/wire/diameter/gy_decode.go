package diameter

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// maxVolume is the largest volume believed, in octets: what a message of 64 KiB can report adds up to less than 1<<62.
const maxVolume = 1 << 50

// maxServices bounds the services of one request.
const maxServices = 256

// decodeCredit reads a Credit-Control-Request of Gy. The error is a *packet.Error.
func decodeCredit(m packet.Message, dialect *Dialect) (CreditRequest, error) {
	r := CreditRequest{
		Session: Session{Number: Absent, Dialect: dialect, Repeated: m.Flags()&packet.FlagRetransmitted != 0},
		Action:  Action(Absent), ChargingID: Absent, TerminationCause: Absent,
	}
	command := newService() // units on the level of the command
	if err := each(m.AVPs(), func(a packet.AVP) error { return r.take(a, &command) }); err != nil {
		return r, err
	}
	if len(r.Services) == 0 && (command.Requests || len(command.Used) > 0) {
		r.Services, r.CommandLevel = []Service{command}, true
	}
	return r, r.check()
}

func (r *CreditRequest) check() error {
	if err := r.Session.check(); err != nil {
		return err
	}
	if r.ServiceContext == "" {
		return packet.Missing(packet.ServiceContextID)
	}
	if r.Type == Event && r.Action == Action(Absent) {
		return packet.Missing(packet.RequestedAction) // RFC 8506 section 8.41
	}
	for i := range r.Services {
		if r.Dialect.RatingGroupRequired && r.Type != Event && !r.CommandLevel && r.Services[i].RatingGroup == Absent {
			return packet.Missing(packet.RatingGroup)
		}
	}
	return nil
}

func (r *CreditRequest) take(a packet.AVP, command *Service) error {
	switch a.ID {
	case packet.ServiceContextID:
		return text(a, &r.ServiceContext)
	case packet.EventTimestamp:
		at, err := a.Time()
		r.EventTime = at * clock.Second
		return err
	case packet.TerminationCause:
		return number(a, &r.TerminationCause)
	case packet.RequestedAction:
		v, err := a.Unsigned32()
		if r.Action = Action(v); err == nil && r.Action > PriceEnquiry {
			return a.Invalid()
		}
		return err
	case packet.MultipleServicesIndicator:
		v, err := a.Unsigned32()
		r.MultipleServices = v == 1
		return err
	case packet.MultipleServicesCreditControl:
		if len(r.Services) == maxServices {
			return a.Invalid()
		}
		s := newService()
		err := each(a.Data, s.take)
		r.Services = append(r.Services, s)
		return err
	case packet.RequestedServiceUnit, packet.UsedServiceUnit:
		return command.take(a)
	case packet.ServiceInformation:
		return each(a.Data, func(a packet.AVP) error {
			switch a.ID {
			case packet.PSInformation:
				return each(a.Data, r.takePS)
			case packet.SMSInformation:
				return r.takeSMS(a)
			}
			return nil
		})
	}
	return r.Session.take(a)
}

// takeSMS reads from SMS-Information which way the message goes (TS 32.299 section 7.2.102): it comes from the device unless
// it only says that it ends at one.
func (r *CreditRequest) takeSMS(group packet.AVP) error {
	const mobileOriginating, mobileTerminating = 1, 2
	from, to := Absent, Absent
	var take func(a packet.AVP) error
	take = func(a packet.AVP) error {
		switch a.ID {
		case packet.OriginatorInterface:
			return each(a.Data, interfaceType(&from))
		case packet.DestinationInterface:
			return each(a.Data, interfaceType(&to))
		case packet.RecipientInfo: // where later releases have the destination
			return each(a.Data, func(inner packet.AVP) error {
				if inner.ID == packet.DestinationInterface {
					return take(inner)
				}
				return nil
			})
		}
		return nil
	}
	err := each(group.Data, take)
	r.Incoming = to == mobileTerminating && from != mobileOriginating
	return err
}

func interfaceType(into *int64) func(packet.AVP) error {
	return func(a packet.AVP) error {
		if a.ID == packet.InterfaceType {
			return number(a, into)
		}
		return nil
	}
}

// takePS reads PS-Information (TS 32.299 section 7.2.158). What belongs to the command does not count in here.
func (r *CreditRequest) takePS(a packet.AVP) error {
	switch a.ID {
	case packet.TGPPChargingID:
		return number(a, &r.ChargingID)
	case packet.UserEquipmentInfo, packet.CalledStationID, packet.TGPPIMSI, packet.TGPPSGSNMCCMNC, packet.TGPPRATType,
		packet.TGPPNSAPI, packet.TGPPUserLocationInfo, packet.TGPPMSTimeZone, packet.SGSNAddress, packet.GGSNAddress, packet.PDPAddress:
		return r.Session.take(a)
	}
	return nil
}

func newService() Service {
	return Service{RatingGroup: Absent, ServiceID: Absent, Requested: NoUnits(), Reason: Absent}
}

func (s *Service) take(a packet.AVP) error {
	switch a.ID {
	case packet.RatingGroup:
		return number(a, &s.RatingGroup)
	case packet.ServiceIdentifier:
		if s.ServiceID == Absent {
			return number(a, &s.ServiceID)
		}
	case packet.ReportingReason:
		return number(a, &s.Reason)
	case packet.RequestedServiceUnit:
		s.Requests = true
		return each(a.Data, s.Requested.take)
	case packet.UsedServiceUnit:
		u := Used{Units: NoUnits(), Reason: Absent, TariffChange: Absent}
		err := each(a.Data, u.take)
		s.Used = append(s.Used, u)
		return err
	}
	return nil
}

func (u *Used) take(a packet.AVP) error {
	switch a.ID {
	case packet.ReportingReason:
		return number(a, &u.Reason)
	case packet.TariffChangeUsage:
		return number(a, &u.TariffChange)
	}
	return u.Units.take(a)
}

func (u *Units) take(a packet.AVP) error {
	switch a.ID {
	case packet.CCTotalOctets:
		return amount(a, &u.Total)
	case packet.CCInputOctets:
		return amount(a, &u.Input)
	case packet.CCOutputOctets:
		return amount(a, &u.Output)
	case packet.CCServiceSpecificUnits:
		return amount(a, &u.ServiceSpecific)
	case packet.CCTime:
		return number(a, &u.Time)
	}
	return nil
}

// amount reads an Unsigned64 that adds up with others.
func amount(a packet.AVP, into *int64) error {
	v, err := a.Unsigned64()
	if err != nil {
		return err
	}
	if v > maxVolume {
		return a.Invalid()
	}
	*into = int64(v)
	return nil
}
