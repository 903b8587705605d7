package diameter

import (
	"strings"

	"github.com/simstead/simstead/internal/usage"
)

// Service contexts that are charged here (TS 32.251, TS 32.274).
const (
	dataContext = "32251@3gpp.org"
	smsContext  = "32274@3gpp.org"
)

// sms reports whether the units of a request are SMS, else they are octets; known is false for neither.
func (r *CreditRequest) sms() (sms, known bool) {
	switch {
	case inContext(r.ServiceContext, dataContext):
		return false, true
	case inContext(r.ServiceContext, smsContext):
		return true, true
	}
	return false, false
}

// inContext compares a Service-Context-Id, before which extension, network and release may stand, each with a dot behind it
// (TS 32.299 section 7.1.12): "001.01.15.32251@3gpp.org".
func inContext(id, context string) bool {
	before, is := strings.CutSuffix(strings.ToLower(id), context)
	return is && (before == "" || strings.HasSuffix(before, "."))
}

// credit is the request in the words of no protocol.
func (r *CreditRequest) credit(sms bool) usage.Credit {
	c := usage.Credit{Report: r.report(usage.Gy), Type: usage.RequestType(r.Type), Number: r.Number, SMS: sms, Incoming: r.Incoming}
	c.ChargingID, c.EventTime = r.ChargingID, r.EventTime
	if r.Type == Event {
		c.Refund, c.Enquiry = r.Action == RefundAccount, r.enquires()
	}
	for i := range r.Services {
		c.Services = append(c.Services, r.Services[i].asked(sms, r.Incoming))
	}
	if r.Type == Event && sms && len(c.Services) == 0 { // one message, whose number need not be said
		c.Services = []usage.Service{{RatingGroup: usage.Absent, ServiceID: usage.Absent, Requests: true, Requested: 1}}
	}
	return c
}

// enquires reports whether nothing is to be taken, only told.
func (r *CreditRequest) enquires() bool {
	return r.Type == Event && (r.Action == CheckBalance || r.Action == PriceEnquiry)
}

// asked is a service in the words of no protocol.
func (s *Service) asked(sms, incoming bool) usage.Service {
	out := usage.Service{RatingGroup: s.RatingGroup, ServiceID: s.ServiceID, Requests: s.Requests, Requested: usage.Absent}
	if sms {
		out.Up = s.messages()
		if incoming {
			out.Up, out.Down = 0, out.Up
		}
		if s.Requests {
			out.Requested = s.Requested.ServiceSpecific
			if out.Requested == Absent {
				out.Requested = 1
			}
		}
		return out
	}
	out.Up, out.Down = s.octets()
	if u := &s.Requested; u.Total != Absent || u.Input != Absent || u.Output != Absent {
		out.Requested = u.Volume()
	}
	return out
}

// octets are what was used each way. What a total has beyond the ways it names, or when it names none, counts as sent to
// the device.
func (s *Service) octets() (up, down int64) {
	for i := range s.Used {
		u := &s.Used[i]
		in := max(u.Input, 0)
		up += in
		down += max(u.Output, u.Total-in, 0)
	}
	return up, down
}

// messages are the SMS used.
func (s *Service) messages() (n int64) {
	for i := range s.Used {
		n += max(s.Used[i].ServiceSpecific, 0)
	}
	return n
}
