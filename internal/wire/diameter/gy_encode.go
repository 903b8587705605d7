package diameter

import (
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// answerSize is the room for an answer with one service, in octets; more grows.
const answerSize = 384

// answerCredit writes a Credit-Control-Answer of Gy and sends it.
func answerCredit(x *peer.Request, r *CreditRequest, a CreditAnswer) {
	var w packet.Writer
	writeCredit(&w, x, r, a)
	x.End(&w)
}

func writeCredit(w *packet.Writer, x *peer.Request, r *CreditRequest, a CreditAnswer) {
	result := a.Result
	if r.CommandLevel && len(a.Services) > 0 && result == packet.ResultSuccess && a.Services[0].Result != 0 {
		result = a.Services[0].Result
	}
	x.BeginSession(w, result, []byte(r.SessionID), answerSize)
	w.Unsigned32(packet.AuthApplicationID, packet.ApplicationGy)
	w.Unsigned32(packet.CCRequestType, uint32(r.Type))
	w.Unsigned32(packet.CCRequestNumber, uint32(r.Number))
	for i := range a.Services {
		g := &a.Services[i]
		if r.CommandLevel {
			g.write(w)
			break
		}
		at := w.Open(packet.MultipleServicesCreditControl)
		g.writeService(w, r.Dialect)
		w.Close(at)
	}
	if a.Balance != NotChecked {
		w.Unsigned32(packet.CheckBalanceResult, uint32(a.Balance-EnoughCredit))
	}
	writeFailed(w, a.Failed)
}

func writeFailed(w *packet.Writer, failed []byte) {
	if failed != nil {
		at := w.Open(packet.FailedAVP)
		w.Raw(failed)
		w.Close(at)
	}
}

// write writes what a command may hold as well as a service.
func (g *Grant) write(w *packet.Writer) {
	if g.Granted != NoUnits() {
		at := w.Open(packet.GrantedServiceUnit)
		if g.Granted.Time != Absent {
			w.Unsigned32(packet.CCTime, uint32(g.Granted.Time))
		}
		writeAmount(w, packet.CCTotalOctets, g.Granted.Total)
		writeAmount(w, packet.CCInputOctets, g.Granted.Input)
		writeAmount(w, packet.CCOutputOctets, g.Granted.Output)
		writeAmount(w, packet.CCServiceSpecificUnits, g.Granted.ServiceSpecific)
		w.Close(at)
	}
	if g.Validity > 0 {
		w.Unsigned32(packet.ValidityTime, uint32(g.Validity))
	}
	g.writeFinal(w)
}

func writeAmount(w *packet.Writer, id packet.ID, v int64) {
	if v != Absent {
		w.Unsigned64(id, uint64(v))
	}
}

// writeFinal writes the Final-Unit-Indication (RFC 8506 section 8.34).
func (g *Grant) writeFinal(w *packet.Writer) {
	if g.Final == NotFinal {
		return
	}
	at := w.Open(packet.FinalUnitIndication)
	w.Unsigned32(packet.FinalUnitAction, uint32(g.Final-FinalTerminate))
	if g.Final == FinalRedirect {
		server := w.Open(packet.RedirectServer)
		w.Unsigned32(packet.RedirectAddressType, 2) // URL
		w.Text(packet.RedirectServerAddress, g.Redirect)
		w.Close(server)
	}
	w.Close(at)
}

// writeService writes the content of a Multiple-Services-Credit-Control (TS 32.299 section 7.1.9).
func (g *Grant) writeService(w *packet.Writer, d *Dialect) {
	if g.ServiceID != Absent {
		w.Unsigned32(packet.ServiceIdentifier, uint32(g.ServiceID))
	}
	if g.RatingGroup != Absent {
		w.Unsigned32(packet.RatingGroup, uint32(g.RatingGroup))
	}
	if g.Result != 0 {
		w.Unsigned32(packet.ResultCode, g.Result)
	}
	g.write(w)
	if g.Threshold > 0 && (g.Final == NotFinal || !d.NoFinalThreshold) {
		w.Unsigned32(packet.VolumeQuotaThreshold, uint32(min(g.Threshold, 1<<32-1)))
	}
	if g.HoldingTime != Absent {
		w.Unsigned32(packet.QuotaHoldingTime, uint32(g.HoldingTime))
	}
}
