package diameter

import "context"

// Policy decides on the quality of service.
type Policy interface {
	// Policy hands over a request; the rules are those of Charging.Credit.
	Policy(ctx context.Context, r PolicyRequest, answer func(PolicyAnswer)) bool
}

// PolicyRequest is a Credit-Control-Request on Gx (TS 29.212 section 5.6.2).
type PolicyRequest struct {
	Session
	IPCANType        int64 // Absent when absent
	TerminationCause int64 // Absent when absent
	Bitrate          Bitrate
	Bearer           BearerQoS
	Triggers         []int64 // Event-Triggers that the gateway reports
}

// Bitrate is the aggregate maximum of an APN, in bit/s; 0 for none.
type Bitrate struct{ Up, Down int64 }

// BearerQoS is a quality of service with its priority (TS 29.212 section 5.3.45). QCI 0 stands for none.
type BearerQoS struct {
	QCI      int64
	Priority int64 // 1 to 15
	// MayPreempt and Preemptible are what the attributes say when they are set to 0: enabled.
	MayPreempt, Preemptible bool
}

// PolicyAnswer is the decision.
type PolicyAnswer struct {
	Result       uint32
	Experimental bool // the result is one of 3GPP's: Experimental-Result
	Changes
	Triggers []int64 // Event-Triggers the gateway is to report
	Failed   []byte  // for Failed-AVP, nil for none
}

// Changes are what a session is given.
type Changes struct {
	Bitrate Bitrate
	Bearer  BearerQoS
	Install []Rule
	Remove  []string // Charging-Rule-Names
}

// Rule is a charging rule to install.
type Rule struct {
	Name       string
	Base       bool        // the name is that of a group of rules (Charging-Rule-Base-Name)
	Definition *Definition // nil for one that the gateway knows by name
}

// Definition is what a rule says (TS 29.212 section 5.3.4).
type Definition struct {
	RatingGroup int64 // Absent for none
	ServiceID   int64 // Absent for none
	Flows       []string
	QoS         BearerQoS
	MaxBitrate  Bitrate // bit/s, 0 for none
	Precedence  int64   // Absent for none
	Online      bool
	Offline     bool
}
