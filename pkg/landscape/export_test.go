package landscape

// TrustData lets a test's data set differ from pass to pass.
func (p *Problem) TrustData() { p.data.prints = nil }
