package usage

// RequestType is what a credit or policy request is about.
type RequestType uint8

// The types of request (RFC 8506 section 8.3).
const (
	Initial RequestType = iota + 1
	Update
	Terminate
	Event // no session: everything is asked and answered at once
)

// Absent stands for a number that was not sent.
const Absent int64 = -1

// Credit is a request for credit, in the words of no protocol. The report in it tells whose it is and about which session;
// its counters and times are not used: units come as what was used since the last request.
type Credit struct {
	Report
	Type     RequestType
	Number   int64 // of the request within the session, from 0
	Refund   bool  // an Event that gives back instead of taking
	Enquiry  bool  // an Event that takes nothing: would it be allowed?
	SMS      bool  // the units are SMS
	Incoming bool  // the SMS asked for go to the device
	Services []Service

	key eventKey // of the request within its organisation
}

// Service is one kind of use within a session, with a grant of its own.
type Service struct {
	RatingGroup int64 // Absent when absent
	ServiceID   int64 // Absent when absent
	Requests    bool  // asks for a grant; in an Event without use, for what is to be debited at once
	Requested   int64 // bytes or SMS, Absent when the request names no amount
	Up, Down    int64 // bytes used since the last request; SMS are counted as Up when the device sent them
}

// Result is how a request was decided.
type Result uint8

// The results, with what they are in Diameter. The numbers are stored.
const (
	Granted        Result = iota // 2001
	Denied                       // 4010: a gate is closed
	NotApplicable                // 4011: goes on without credit control
	LimitReached                 // 4012: quota, balance or limit is used up
	NotAuthorised                // 5003: the tariff does not allow it
	UnknownUser                  // 5030
	NotRated                     // 5031: no price for the visited network
	UnknownSession               // 5002
	Failed                       // 5012
	Busy                         // 3004
)

// Answer is what became of a Credit. A repeated request gets the same one.
type Answer struct {
	Result   Result
	Reason   string // in words, for the log; "" when granted. Not kept for repeats
	Services []Grant
}

// Grant answers a service, in the order of the request.
type Grant struct {
	RatingGroup int64 // as asked
	ServiceID   int64 // as asked
	Result      Result
	Units       int64 // bytes or SMS, Absent for none
	Validity    int64 // s, 0 for none
	Final       bool  // the last one: the session ends when it is used up
	Threshold   int64 // bytes left at which to report, 0 for none
}

// Policy asks for the quality of service of a session.
type Policy struct {
	Report
	Type   RequestType
	Number int64
}

// PolicyAnswer is the quality of service.
type PolicyAnswer struct {
	Result   Result
	Reason   string
	Rate     Rate  // maximum of the APN
	QCI      int64 // of the default bearer, 1 to 9
	Priority int64 // allocation and retention priority, 1 to 15
}
