// Package process is what every Orderwire service is as a program: it reads the environment, logs, connects to NATS, answers its operator
// over HTTP, and stops when it is told to. A service's main is a [Command] and one function.
//
// What it promises:
//
//  1. A wrong or contradictory variable ends the process before anything starts, with exit code 2 and an error that names the variable,
//     what is wrong with it and what to write. A misspelt name is a warning with a suggestion.
//  2. Every secret can come from a file (a variable that ends in _FILE). A secret that was registered with [RegisterSecret], and the
//     credentials in any URL, appear in no log line, no error that reaches the operator and no answer of the admin server.
//  3. A NATS server that is away is waited for, for ever, and said once per try with a cure. A connection that was lost comes back by
//     itself, also after refused credentials. While it is away nothing is buffered: a publish fails at once instead of being sent late.
//  4. The first SIGTERM or SIGINT cancels the context of the service's function and turns /readyz to 503; the function has the drain
//     time-out to come back. Then the clean-ups run, last registered first. The second signal ends the process at once.
//  5. /healthz is 200 while the process lives; /readyz is 200 when the service called [Process.Ready] and all its checks pass, and names
//     those that do not.
//  6. Exit codes: 0 done or drained, 1 failed (or did not drain in time), 2 wrong usage or environment.
//
// Where it stops: what a service does is not configured here but in the YAML file (package config). It knows no stream and no subject.
package process
