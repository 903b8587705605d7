package qos

import "github.com/simstead/simstead/internal/wire/radius/packet"

// Named returns a template that has a name, and whether there is one:
//   - "3gpp": 3GPP-GPRS-Negotiated-QoS-profile of Release 7 (TS 29.061 section 16.4.7.2)
//   - "mikrotik": Mikrotik-Rate-Limit, rx before tx as the router sees them, so the device's uplink first
//   - "wispr": WISPr-Bandwidth-Max-Up and -Down, in bit/s
func Named(name string) ([]Template, bool) {
	specs := map[string][]Spec{
		"3gpp":     {{Vendor: packet.Vendor3GPP, Type: uint8(packet.NegotiatedQoS), Text: "07-{umts_qos}"}},
		"mikrotik": {{Vendor: packet.VendorMikrotik, Type: uint8(packet.MikrotikRateLimit), Text: "{up_bps}/{down_bps}"}},
		"wispr": {
			{Vendor: packet.VendorWISPr, Type: uint8(packet.WISPrMaxUp), Integer: "{up_bps}"},
			{Vendor: packet.VendorWISPr, Type: uint8(packet.WISPrMaxDown), Integer: "{down_bps}"},
		},
	}[name]
	list := make([]Template, 0, len(specs))
	for _, s := range specs {
		t, err := Parse(s)
		if err != nil {
			return nil, false
		}
		list = append(list, t)
	}
	return list, len(list) > 0
}
