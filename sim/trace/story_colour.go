package trace

// style is how a part of a line looks on a terminal. It takes only the 8 colours that every
// terminal has, and no background, so that it is the reader who chose what they look like.
type style uint8

const (
	plainly  style = iota
	dim            // what the eye may pass over: times, everybody
	leading        // a leader
	standing       // a candidate
	alarming       // down, or something went wrong
	resting        // paused
	asking         // a client
)

// The sequences that begin a style, and the one that ends any (ECMA-48, SGR).
var sequences = [...]string{
	plainly:  "",
	dim:      "\x1b[2m",
	leading:  "\x1b[1;32m",
	standing: "\x1b[33m",
	alarming: "\x1b[31m",
	resting:  "\x1b[35m",
	asking:   "\x1b[36m",
}

const resetSequence = "\x1b[0m"

func (s style) sequence() string { return sequences[s] }

// paint is a part of a line in a style.
type paint struct {
	from, to int
	style    style
}

// styleOfRole returns how a server looks in that role, by the letter of the strip.
func styleOfRole(letter byte) style {
	switch letter {
	case 'L':
		return leading
	case 'C', 'P':
		return standing
	case 'x':
		return alarming
	case 'z':
		return resting
	}
	return plainly
}
