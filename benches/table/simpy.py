"""The models of src/model.rs in SimPy: python3 -c "$(cat simpy.py)" MODEL PENDING EVENTS <table

The table of increments in microseconds comes as words of text. Prints nanoseconds for each event,
without putting the first events in place, and what all engines must agree on.
"""

import sys
import time

import simpy

MODEL, PENDING, EVENTS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
TABLE = [int(word) for word in sys.stdin.read().split()]
WORD = (1 << 64) - 1
SERVERS, SERVICE = 100, 90

env = simpy.Environment()
over = env.event()
handled = 0


def counted():
    """Counts an event of the model; the last one ends the run."""
    global handled
    handled += 1
    if handled == EVENTS:
        over.succeed()
    return handled <= EVENTS


class Hold:
    """One process for each pending event."""

    def __init__(self):
        self.turn = self.sum = 0
        for number in range(PENDING):
            env.process(self.one(TABLE[number % len(TABLE)]))

    def one(self, delay):
        while True:
            yield env.timeout(delay)
            if counted():
                self.sum = (self.sum * 31 + env.now) & WORD
            delay = TABLE[self.turn % len(TABLE)]
            self.turn += 1

    def agreed(self):
        return self.sum


class Station:
    """A Resource of a hundred servers and a process for each customer."""

    def __init__(self):
        self.turn = self.served = self.waited = 0
        self.servers = simpy.Resource(env, SERVERS)
        env.process(self.arrivals())

    def draw(self):
        self.turn = (self.turn * 6364136223846793005 + 1442695040888963407) & WORD
        return TABLE[self.turn >> 48]

    def arrivals(self):
        while True:
            counted()
            gap = self.draw()
            env.process(self.customer())
            yield env.timeout(gap)

    def customer(self):
        came = env.now
        with self.servers.request() as turn:
            yield turn
            self.served += 1
            self.waited += env.now - came
            yield env.timeout(SERVICE * self.draw())
            counted()

    def agreed(self):
        return self.waited / self.served / 1e6


model = Hold() if MODEL == "hold" else Station()
# Processes that were made begin now, at time 0: that is not what is measured.
while env.peek() == 0 and MODEL == "hold":
    env.step()
began = time.perf_counter_ns()
env.run(until=over)
print((time.perf_counter_ns() - began) / EVENTS, model.agreed())
