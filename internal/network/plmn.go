package network

// The lengths of a PLMN as text: an MCC of three digits, then an MNC of two or three.
const (
	mccLength       = 3
	shortPLMNLength = mccLength + 2
	longPLMNLength  = mccLength + 3
)

// ByPLMN returns the id of the operator of each PLMN.
func (d Data) ByPLMN() map[string]int64 {
	owner := make(map[string]int64, 2*len(d.Operators))
	for _, o := range d.Operators {
		for _, m := range o.MNC {
			owner[m.PLMN] = o.ID
		}
	}
	return owner
}

// Match returns the operator of a PLMN as a packet core reports it, given the operators by PLMN. An MNC of two digits
// may come padded to three with a zero in front ("262001" for "26201"); a network that is known under the three digits
// as they stand comes first, since 01 and 001 are different MNCs (TS 23.003 2.2).
func Match(plmn string, byPLMN map[string]int64) (operatorID int64, ok bool) {
	if id, ok := byPLMN[plmn]; ok {
		return id, true
	}
	if len(plmn) != longPLMNLength || plmn[mccLength] != '0' {
		return 0, false
	}
	id, ok := byPLMN[plmn[:mccLength]+plmn[mccLength+1:]]
	return id, ok
}

// isPLMN reports whether the text can be a PLMN. Of the MCCs that begin with a zero only 001 is in use, for tests.
func isPLMN(text string) bool {
	if (len(text) != shortPLMNLength && len(text) != longPLMNLength) || !isDigits(text) {
		return false
	}
	return text[0] != '0' || text[:mccLength] == "001"
}

func isDigits(text string) bool { return within(text, '0', '9') }

// Home returns the operator whose network an IMSI is of: that of exactly the PLMN it begins with. How many digits the MNC has
// is not known, so unlike in Match nothing is made of a zero: 262019... is of 26201, not of 26219.
func (p PLMNs) Home(imsi string) (id int64, ok bool) {
	for _, digits := range []int{6, 5} {
		if len(imsi) > digits {
			if id, ok = p[imsi[:digits]]; ok {
				return id, true
			}
		}
	}
	return 0, false
}
