package radius

// plmnOfLocation reads the serving network from a 3GPP-User-Location-Info: one octet of type, then for each of the types
// below a location that begins with MCC and MNC (TS 29.061 section 16.4.7.2, TS 29.274 section 8.21). "" when there is none.
func plmnOfLocation(b []byte) string {
	if len(b) < 4 {
		return ""
	}
	switch b[0] {
	case 0, 1, 2: // CGI, SAI, RAI
	case 128, 129, 130: // TAI, ECGI, TAI and ECGI
	case 135, 136, 137: // NCGI, 5GS TAI, 5GS TAI and NCGI
	default:
		return ""
	}
	return plmnOfBCD([3]byte(b[1:4]))
}

// plmnOfBCD reads MCC and MNC as TS 24.008 section 10.5.1.3 packs them: the third digit of the MNC is 15 when there are two.
func plmnOfBCD(b [3]byte) string {
	plmn := []byte{b[0] & 15, b[0] >> 4, b[1] & 15, b[2] & 15, b[2] >> 4, b[1] >> 4}
	if plmn[5] == 15 {
		plmn = plmn[:5]
	}
	for i, digit := range plmn {
		if digit > 9 {
			return ""
		}
		plmn[i] = '0' + digit
	}
	return string(plmn)
}
