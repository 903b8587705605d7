package qos

import "github.com/simstead/simstead/internal/usage"

const umtsLength = 16 // octets of a Release 7 profile, 3 to 18 of the information element

// maxUMTS is the highest rate that a Release 7 profile can tell, in kbit/s. It stands for no limit.
const maxUMTS = 256_000

// umts is the quality of service of TS 24.008 section 10.5.6.5, octets 3 to 18: a best-effort PDP context of background
// class with a maximum bitrate. A rate between two steps becomes the lower one, so that nobody gets more than the limit;
// below 1 kbit/s it is 1 kbit/s, because 0 would stop the session.
func umts(rate usage.Rate) [umtsLength]byte {
	up, down := limit(rate.Up), limit(rate.Down)
	upOctet, upExtended := bitrate(up)
	downOctet, downExtended := bitrate(down)
	return [umtsLength]byte{
		4<<3 | 3,                   // delay class 4 (best effort), reliability class 3
		peak(max(up, down))<<4 | 2, // peak throughput, precedence class 2 (normal)
		31,                         // mean throughput: best effort
		4<<5 | 2<<3 | 3,            // background class, without delivery order, erroneous SDUs are not delivered
		150,                        // maximum SDU of 1500 octets
		upOctet,
		downOctet,
		7<<4 | 4,  // residual bit error ratio 1e-5, SDU error ratio 1e-4
		62<<2 | 3, // transfer delay of 4000 ms and handling priority 3: not used in background class
		255, 255,  // guaranteed bitrates: 0 kbit/s
		0, // no signalling, unknown source
		downExtended, 0,
		upExtended, 0,
	}
}

// limit is a rate in kbit/s as far as a profile can tell it.
func limit(bps int64) int64 {
	if bps <= 0 {
		return maxUMTS
	}
	return min(kilo(bps), maxUMTS)
}

// bitrate codes a maximum bitrate of 1 to 256,000 kbit/s. An extended octet of 0 says that the first one holds; beside
// another one the first is the highest it can be.
func bitrate(kbps int64) (octet, extended byte) {
	switch {
	case kbps < 64: // 1 to 63 in steps of 1
		return byte(kbps), 0
	case kbps < 576: // 64 to 568 in steps of 8
		return byte(64 + (kbps-64)/8), 0
	case kbps < 8_700: // 576 to 8640 in steps of 64
		return byte(min(128+(kbps-576)/64, 254)), 0
	case kbps < 17_000: // 8700 to 16,000 in steps of 100
		return 254, byte(min((kbps-8_600)/100, 74))
	case kbps < 130_000: // 17,000 to 128,000 in steps of 1000
		return 254, byte(min(74+(kbps-16_000)/1_000, 186))
	default: // 130,000 to 256,000 in steps of 2000
		return 254, byte(min(186+(kbps-128_000)/2_000, 250))
	}
}

// peak is the peak throughput class of a maximum bitrate (TS 23.107 section 9.1.2.2).
func peak(kbps int64) byte {
	class := byte(1)
	for bound := int64(16); class < 9 && kbps >= bound; bound *= 2 {
		class++
	}
	return class
}
