package clock

// IsMonth reports whether a number is a month such as 202611, of 1970 or later.
func IsMonth(n int64) bool { return n >= 197001 && n <= 999912 && n%100 >= 1 && n%100 <= 12 }

// AddMonths is the month (202611) that comes so many months after another one; before it, where n is negative.
func AddMonths(month, n int64) int64 {
	months := month/100*12 + month%100 - 1 + n
	return months/12*100 + months%12 + 1
}
