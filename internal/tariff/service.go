package tariff

// Ids of the services that have a price.
const (
	SMSMT int64 = 6  // to the device
	SMSMO int64 = 32 // from the device
	Data  int64 = 38
)

// Service is an entry of the contract's look-up of services.
type Service struct {
	ID          int64  `json:"id"`
	Description string `json:"description"`
	// TeleserviceCode is TS 29.002 17.7.9's; null for what is no teleservice.
	TeleserviceCode *int64       `json:"teleservice_code"`
	UsedWithVLR     bool         `json:"used_with_vlr"`  // needs a circuit-switched attach
	UsedWithSGSN    bool         `json:"used_with_sgsn"` // works with a packet-switched one
	TrafficType     *TrafficType `json:"traffic_type"`   // null when its use is not counted
}

// TrafficType is a kind of counted traffic.
type TrafficType struct {
	ID          int64  `json:"id"`
	Description string `json:"description"`
	Unit        string `json:"unit"`
}

// DataTraffic is the traffic type of data, counted in MB.
func DataTraffic() TrafficType { return TrafficType{5, "Data", "MB"} }

// SMSTraffic is the traffic type of SMS, counted in pieces.
func SMSTraffic() TrafficType { return TrafficType{6, "SMS", "SMS"} }

// Services lists the services by id. Voice can be given to a profile and does nothing.
func Services() []Service {
	data, sms := DataTraffic(), SMSTraffic()
	telephony, toDevice, fromDevice := int64(0x11), int64(0x21), int64(0x22)
	return []Service{
		{ID: 0, Description: "USSD", UsedWithVLR: true},
		{ID: 3, Description: "Voice", TeleserviceCode: &telephony, UsedWithVLR: true},
		{ID: SMSMT, Description: "SMS MT", TeleserviceCode: &toDevice, UsedWithVLR: true, UsedWithSGSN: true, TrafficType: &sms},
		{ID: SMSMO, Description: "SMS MO", TeleserviceCode: &fromDevice, UsedWithVLR: true, UsedWithSGSN: true, TrafficType: &sms},
		{ID: Data, Description: "Data", UsedWithSGSN: true, TrafficType: &data},
	}
}
