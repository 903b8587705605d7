package doctor

import (
	"fmt"

	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/tariff"
)

// wrong says what does not hold about a record by itself, "" for nothing: above all that its cost follows from its rate, its
// block and the line before it.
func (r *row) wrong() string {
	switch {
	case r.VolumeTx < 0 || r.VolumeRx < 0 || r.VolumeTx > rating.MaxVolume || r.VolumeRx > rating.MaxVolume || r.VolumeTx+r.VolumeRx == 0:
		return fmt.Sprintf("holds %s", volume(r.TrafficType, r.VolumeTx, r.VolumeRx))
	case r.Start > r.End:
		return "ends before it begins"
	case r.TrafficType != dataTraffic && r.TrafficType != smsTraffic:
		return fmt.Sprintf("is of traffic type %d", r.TrafficType)
	case !r.Rated:
		if r.Cost != 0 || r.Rate != 0 || r.Block != 0 || r.LineCost != 0 || r.Inclusive != 0 || r.LineInclusive != 0 || r.Debited != 0 {
			return fmt.Sprintf("is not rated, and yet costs %s at a rate of %s", cost(r.Cost), cost(r.Rate))
		}
		return ""
	case r.LineVolume != 0 && (r.TrafficType == smsTraffic || r.Rounding == tariff.RoundRecord || r.Session == 0):
		return fmt.Sprintf("is rounded alone, and yet follows %d bytes", r.LineVolume)
	case r.TrafficType == smsTraffic && (r.Block != 1 || r.Inclusive != 0):
		return "is of SMS and has a block or inclusive bytes"
	case r.Inclusive < 0 || r.Inclusive > 0 && r.InclusiveID == 0:
		return fmt.Sprintf("takes %d inclusive bytes of inclusive volume %d", r.Inclusive, r.InclusiveID)
	case r.Debited < 0 || r.Debited > r.Cost:
		return fmt.Sprintf("debits %s of a cost of %s", cost(r.Debited), cost(r.Cost))
	}
	return r.mispriced()
}

// mispriced computes the price again.
func (r *row) mispriced() string {
	price := rating.Price{Rate: r.Rate, Block: r.Block, Unit: rating.PerMB}
	if r.TrafficType == smsTraffic {
		price.Unit = rating.PerPiece
	}
	before, err := price.Cost(r.LineVolume, r.LineInclusive)
	if err != nil {
		return fmt.Sprintf("has no price: %v (rate %s, block %d, %d bytes before it, %d of them inclusive)", err, cost(r.Rate), r.Block,
			r.LineVolume, r.LineInclusive)
	}
	if before != r.LineCost {
		return fmt.Sprintf("says that the %d bytes of its line before it cost %s; at a rate of %s they cost %s", r.LineVolume, cost(r.LineCost),
			cost(r.Rate), cost(before))
	}
	total, err := price.Cost(r.LineVolume+r.VolumeTx+r.VolumeRx, r.LineInclusive+r.Inclusive)
	if err != nil {
		return fmt.Sprintf("has no price: %v (rate %s, block %d, %d bytes after %d, %d inclusive after %d)", err, cost(r.Rate), r.Block,
			r.VolumeTx+r.VolumeRx, r.LineVolume, r.Inclusive, r.LineInclusive)
	}
	if total-before != r.Cost {
		return fmt.Sprintf("costs %s; %s, %d of them inclusive, at a rate of %s in blocks of %d cost %s", cost(r.Cost),
			volume(r.TrafficType, r.VolumeTx, r.VolumeRx), r.Inclusive, cost(r.Rate), r.Block, cost(total-before))
	}
	return ""
}
