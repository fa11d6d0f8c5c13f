"""Development stack: embedded PostgreSQL and Redis, the process supervisor, a mail sink, the seed world.

Owns: starting and stopping everything that `make run`, the tests and the benchmarks need on one machine.
Does not own: any rule of the trade; production starts its own servers and uses only the supervisor.
Invariants: loopback only; no process, lock or socket outlives the one that started it; a process is ended
only when its pid *and* its start time are the recorded ones.
"""
