package attempt

// faultError is a destination that cannot be called as it is configured.
type faultError struct{ text string }

func (e *faultError) Error() string { return e.text }

// unsendableError is a delivery of which no request can be made, at whatever destination.
type unsendableError struct{ text string }

func (e *unsendableError) Error() string { return e.text }
