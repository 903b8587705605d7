// Package doctor holds the books of an installation against each other and says what differs: the price of every usage
// record against the record itself, and what days, sessions, pools, balances, limits and accounts say against the sum of
// the records. It only reads, beside a running platform as well as alone, on SQLite and on PostgreSQL.
//
// # What must hold
//
// A record's cost follows from the record: its rate, its block and the rating line before it. A session's records follow
// on each other. Of everything that moves in the same transaction as a record's bytes, the sum of the records and of what
// open sessions have not recorded yet gives the same number:
//
//	days of an endpoint, SIM and month (endpoint_day)          volume and cost
//	days of an organisation and month (organisation_day)       volume and cost
//	a session's counters less those it took over (base marks)  volume
//	an inclusive pool                                          inclusive volume
//	a prepaid balance's debits                                 debited cost
//
// A balance is what was credited less what was debited, and its credits are its entries. What pools and accounts hold in
// reserve is what open sessions hold. Quotas, limits and an organisation's spending began at a time that nobody wrote down,
// so they can only be bounded: they cannot have counted more than was used.
//
// A month is balanced where all of its records are still kept (db.KeptFrom); of the others each record is checked alone.
//
// # Beside a running platform
//
// No reader lives for two seconds: everything is read in pages by key, each a snapshot of its own. Yet sums are compared
// exactly, because the log tells where each snapshot stands. The records of an organisation are read once, in the order of
// their positions. After that each page of what is compared is read together with the position of the organisation's head;
// the log is followed up to just that position, and the page compared. A record beyond it counts for the subjects of later
// pages only. So nothing has to stand still, and nothing that moves looks like damage.
//
// # In bounded memory
//
// Ten million records belong to millions of subjects: endpoints by month, SIM and currency; sessions; pools. A tally does
// not keep their sums. It mixes the difference of both sides of each subject into one of some hundred thousand buckets,
// each amount multiplied by a random number that belongs to the subject; an even book leaves every bucket at zero, and an
// uneven one leaves it at zero by chance once in 2^64. Only for buckets that are not zero are the books read once more,
// with the exact sums of the subjects in them. That second look is also what has to confirm the first before anything is
// reported. What grows with the installation is eight bytes for each session that is kept.
package doctor
