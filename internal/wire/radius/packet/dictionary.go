package packet

import "layeh.com/radius"

// Vendors, by their IANA enterprise number.
const (
	Vendor3GPP      uint32 = 10415
	VendorMicrosoft uint32 = 311
	VendorWISPr     uint32 = 14122
	VendorMikrotik  uint32 = 14988
)

// Sub-attributes of vendor 3GPP (TS 29.061 section 16.4.7).
const (
	IMSI                 radius.Type = 1
	ChargingID           radius.Type = 2
	NegotiatedQoS        radius.Type = 5
	SGSNAddress          radius.Type = 6
	GGSNAddress          radius.Type = 7
	IMSIMCCMNC           radius.Type = 8
	NSAPI                radius.Type = 10
	SessionStopIndicator radius.Type = 11
	SGSNIPv6Address      radius.Type = 15
	GGSNIPv6Address      radius.Type = 16
	IPv6DNSServers       radius.Type = 17
	SGSNMCCMNC           radius.Type = 18
	TeardownIndicator    radius.Type = 19
	IMEISV               radius.Type = 20
	RATType              radius.Type = 21
	UserLocationInfo     radius.Type = 22
)

// Sub-attributes of vendor Microsoft (RFC 2548 section 2.7).
const (
	PrimaryDNSServer   radius.Type = 28
	SecondaryDNSServer radius.Type = 29
)

// Sub-attributes of vendors WISPr and Mikrotik that limit a rate.
const (
	WISPrMaxUp        radius.Type = 7
	WISPrMaxDown      radius.Type = 8
	MikrotikRateLimit radius.Type = 8
)

// FramedProtocolGPRS is the Framed-Protocol of a PDP context (TS 29.061 section 16.4).
const FramedProtocolGPRS uint32 = 7
