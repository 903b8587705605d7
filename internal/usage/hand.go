package usage

// Hand is Submit for those that want to know whether the report became usage: kept is false when it was set aside. done is
// called once, from another goroutine, after the commit.
func (f *Flow) Hand(r Report, done func(kept bool, err error)) bool {
	kept := true
	return f.submit(item{Report: r, aside: func() { kept = false }, done: func(err error) { done(kept && err == nil, err) }})
}
