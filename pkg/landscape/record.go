package landscape

// Record says how a result came about, so that someone else can compute it again and know that they did: what was measured on
// which weights and data, with which configuration and which versions. It holds no time and no path of the machine, so that the
// same seed gives the same bytes.
type Record struct {
	What       string            `json:"what"`              // the measurement, such as "Surface".
	Config     map[string]string `json:"config"`            // its configuration with the defaults filled in.
	Versions   map[string]string `json:"versions"`          // of the module, GoMLX, the backend and its plugin.
	Weights    string            `json:"weights_sha256"`    // of the origin's weights.
	Directions string            `json:"directions_sha256"` // of the plane's directions; empty where there are none.
	Data       string            `json:"data_sha256"`       // of the data set.
}
