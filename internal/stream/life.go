package stream

import "github.com/simstead/simstead/internal/fault"

// SetStatus is what a customer does to a running or paused stream: 2 pauses, 1 resumes. The status that the stream has is
// no change, whichever it is, so that what was read can be sent back.
func (s *Stream) SetStatus(status int64) *fault.Error {
	switch {
	case status == s.Status:
		return nil
	case status != Running && status != Paused:
		return fault.New(fault.InvalidReference, "DataStream - status can be set to 1 (Running) or 2 (Paused)")
	case s.Status == Broken:
		return fault.New(fault.NotAllowed, "DataStream - the stream is in Error: repair what is wrong and restart it")
	case s.Status == Pending && s.ID != 0:
		return fault.New(fault.NotAllowed, "DataStream - the stream is Pending: it can be paused as soon as it runs")
	}
	s.Status = status
	return nil
}

// Restart takes a stream out of its error state. Its destination has to prove itself anew.
func (s *Stream) Restart() error {
	if s.Status != Broken {
		return fault.New(fault.NotAllowed, "DataStream - only a stream in Error can be restarted; this one is %s", described(Statuses(), s.Status).Description)
	}
	s.Status, s.Error, s.Confirmed = Running, "", false
	return nil
}

// Deletable says that a stream is being set up and cannot be deleted yet.
func (s *Stream) Deletable() error {
	if s.Status == Pending {
		return fault.New(fault.NotAllowed, "DataStream - the stream is Pending: it can be deleted as soon as it runs")
	}
	return nil
}
