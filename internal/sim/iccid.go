package sim

// iccidDigits is the length of an ICCID without its check digit (ITU-T E.118).
const iccidDigits = 19

// Luhn is the check digit of a number (ISO/IEC 7812-1 annex B). Whatever is no digit makes it meaningless.
func Luhn(digits string) byte {
	sum := 0
	for i := range len(digits) {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return byte('0' + (10-sum%10)%10)
}

// WithLuhn is an ICCID of 19 digits with its check digit; anything else is given back as it is.
func WithLuhn(iccid string) string {
	if len(iccid) != iccidDigits || !digits(iccid) {
		return iccid
	}
	return iccid + string(Luhn(iccid))
}

// withoutLuhn drops the check digit of a full ICCID, which is not stored. A part of one stays as it is.
func withoutLuhn(text string) (string, error) {
	if len(text) == iccidDigits+1 && digits(text) && text[iccidDigits] == Luhn(text[:iccidDigits]) {
		return text[:iccidDigits], nil
	}
	return text, nil
}

// WithoutLuhn is an ICCID without its check digit; one that has none, or is no ICCID, is given back as it is.
func WithoutLuhn(iccid string) string {
	short, _ := withoutLuhn(iccid)
	return short
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
