package choice

// Identity is who draws. It fixes the stream, together with the seed, over the whole run: an
// identity keeps it, and its ordinals run on, over crashes and restarts.
//
//	bits 63-32  bits 31-0            made by     who
//	1           0                    Nemesis     who draws up the faults
//	2           id                   Server      a server: its timers, its disk
//	3           from<<8 | to         Link        the network from one server to another
//	4           number               Client      a client: what it asks, of whom, how often
//	5           number               ClientLink  the network between a client and the servers
//	6           number               Fault       a fault: whom it strikes
//
// The numbers may never change, nor be used again for something else. Zero is nobody.
type Identity uint64

const (
	nemesisRange    Identity = 1 << 32
	serverRange     Identity = 2 << 32
	linkRange       Identity = 3 << 32
	clientRange     Identity = 4 << 32
	clientLinkRange Identity = 5 << 32
	faultRange      Identity = 6 << 32
)

// Nemesis is who draws up the faults of a run.
func Nemesis() Identity { return nemesisRange }

// Server is a server, by its id.
func Server(id uint8) Identity { return serverRange | Identity(id) }

// Link is the way of messages from one server to another; the way back is another identity.
func Link(from, to uint8) Identity { return linkRange | Identity(from)<<8 | Identity(to) }

// Client is a client, by its number.
func Client(number uint32) Identity { return clientRange | Identity(number) }

// ClientLink is the way of messages between a client and the servers, both ways.
func ClientLink(number uint32) Identity { return clientLinkRange | Identity(number) }

// Fault is a fault of the scenario, by its number.
func Fault(number uint32) Identity { return faultRange | Identity(number) }

// Purpose is what a draw decides. Two purposes of one event are as independent as two events.
type Purpose uint64

// The purposes. Their numbers may never change, nor be used again for something else; a new
// purpose is added at the end and shifts no draw.
const (
	Latency      Purpose = 1  // how long a message takes
	Loss         Purpose = 2  // whether a message is lost
	Duplicate    Purpose = 3  // whether a message arrives twice
	CopyLatency  Purpose = 4  // how long its copy takes
	ElectionWait Purpose = 5  // how long a server waits before it stands for election
	SyncLatency  Purpose = 6  // how long a disk takes to make writes durable
	Operation    Purpose = 7  // what a client asks for: put, get, delete
	Key          Purpose = 8  // for which key
	ThinkTime    Purpose = 9  // how long a client waits before it asks again
	Target       Purpose = 10 // whom it strikes, or is sent to
	Value        Purpose = 11 // which value is written

	Route     Purpose = 20 // which server a client asks that nobody tells
	Arrival   Purpose = 21 // when a client's next request comes
	ValueSize Purpose = 22 // how long a value is

	FaultLoss      Purpose = 30 // whether a fault loses a message
	FaultDuplicate Purpose = 31 // whether a fault lets a message arrive twice
	Tail           Purpose = 32 // whether a message is one of the rare slow ones
	TailDelay      Purpose = 33 // and how much longer it takes
	CopyTail       Purpose = 34 // whether its copy is
	CopyTailDelay  Purpose = 35 // and how much longer that takes
	Slow           Purpose = 36 // whether a fault slows a message
	SlowDelay      Purpose = 37 // how much longer a message takes then, or a sync
	CopySlowDelay  Purpose = 38 // how much longer its copy takes
	SyncLie        Purpose = 39 // whether a sync only says that it is done

	StepTime Purpose = 40 // how long a step takes a slow processor
	Drift    Purpose = 41 // how fast a server's clock runs

	FaultWait   Purpose = 42 // how long a nemesis waits before its next fault
	FaultKind   Purpose = 43 // what that does
	FaultTarget Purpose = 44 // whom it strikes
	FaultLength Purpose = 45 // how long it lasts
	FaultAmount Purpose = 46 // how much it does
	FaultShape  Purpose = 47 // how it is made up
	SwarmSwitch Purpose = 48 // whether a kind of fault is on in this run
	SwarmRate   Purpose = 49 // how likely it is then
	Setting     Purpose = 50 // of a number that each run draws anew
	Core        Purpose = 51 // who heals when a run does
)
