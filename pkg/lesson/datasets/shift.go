package datasets

// AllCorruptions returns d once with each of [Corruptions] at one severity, one after the other:
// the accuracy on it is the mean over corruptions.
func (d *Data) AllCorruptions(severity int, seed uint64) (*Data, error) {
	all := d.Clone()
	all.Name = d.Name + ", all corruptions"
	all.X, all.Labels, all.Targets = nil, nil, nil
	for _, corruption := range Corruptions() {
		c, err := d.Corrupt(corruption, severity, seed)
		if err != nil {
			return nil, err
		}
		all.X = append(all.X, c.X...)
		all.Labels = append(all.Labels, c.Labels...)
		all.Targets = append(all.Targets, c.Targets...)
	}
	return all, nil
}
