#!/usr/bin/env python3
"""A controller for stopsim whose retry policy is that of a real library: tenacity.

The library's own loop runs, unchanged, in a thread for each instance. Where it would sleep, it hands
over a wake-up in virtual time and waits for it; where it would call the API, it sends a call and waits
for the answer. Only one thread runs at any time, and who runs is decided by what the run says: the
whole is as deterministic as a program without threads.
"""

import json
import random
import sys
import threading

import tenacity

SECOND = 1_000_000


class Over(BaseException):
    """The run is over, or another edge has come."""


class Refused(Exception):
    """The API refused a call."""

    def __init__(self, refused):
        super().__init__(refused["code"])
        self.refused = refused


class TimedOut(Exception):
    """No answer came in time."""


class Worker:
    """A thread that runs only while whoever started it waits."""

    def __init__(self, run, work):
        self.run = run
        self.mine, self.theirs = threading.Semaphore(0), threading.Semaphore(0)
        self.told = None
        self.is_over = False
        self.thread = threading.Thread(target=self.begin, args=(work,), daemon=True)
        self.thread.start()

    def begin(self, work):
        self.mine.acquire()
        try:
            if self.told is not Over:
                work(self)
        except Over:
            pass
        finally:
            self.is_over = True
            self.theirs.release()

    def go_on(self, told):
        """Lets it run until it waits for something, or ends."""
        if not self.is_over:
            self.told = told
            self.mine.release()
            self.theirs.acquire()

    def wait(self):
        """What it waited for: called by the thread itself."""
        self.theirs.release()
        self.mine.acquire()
        if self.told is Over:
            raise Over()
        return self.told

    # What a library takes for sleeping and calling.

    def sleep(self, seconds):
        self.run.wake(self.run.now + round(seconds * SECOND), self)
        self.wait()

    def call(self, operation, parameters, edge):
        self.run.send(operation, parameters, edge, self)
        answer = self.wait()
        if answer["type"] == "timeout":
            raise TimedOut()
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["ok"]


def is_worth_it(error):
    again = {"throttling", "server", "conflict", "stock"}
    return isinstance(error, TimedOut) or (
        isinstance(error, Refused) and error.refused["class"] in again
    )


class Run:
    def __init__(self, reset):
        self.instances, self.edges = reset["instances"], reset["edges"]
        # tenacity draws its jitter from Python's global generator.
        random.seed(reset["luck"])
        self.now, self.actions = 0, []
        self.workers, self.timers, self.calls, self.sent, self.woken = {}, {}, {}, 0, 0
        for edge in range(len(self.edges)):
            self.wake(self.edges[edge]["at"], edge)

    def wake(self, at, whom):
        self.timers[self.woken] = whom
        self.actions.append({"do": "wake", "at": at, "token": self.woken})
        self.woken += 1

    def send(self, operation, parameters, edge, whom):
        self.calls[self.sent] = whom
        self.sent += 1
        self.actions.append({
            "do": "send", "operation": operation, "parameters": parameters, "edge": edge,
        })

    def believe(self, instance, belief, action):
        self.actions.append({
            "do": "believe", "instance": instance, "belief": belief, "action": action,
        })

    def on_edge(self, edge):
        for instance in self.instances:
            if instance in self.workers:
                self.workers[instance].go_on(Over)
            worker = Worker(self, lambda worker, one=instance: self.work(worker, one, edge))
            self.workers[instance] = worker
            worker.go_on(None)

    def work(self, worker, instance, edge):
        action = "start" if self.edges[edge]["wanted"] else "stop"
        operation = "StartInstance" if action == "start" else "StopInstance"
        parameters = {"InstanceId": instance}
        if action == "stop":
            parameters["StoppedMode"] = "StopCharging"
        self.actions.append({
            "do": "intend", "instance": instance, "action": action, "due": self.now,
        })
        self.believe(instance, "under_way", action)
        retrying = tenacity.Retrying(
            sleep=worker.sleep,
            wait=tenacity.wait_random_exponential(multiplier=1, max=60),
            stop=tenacity.stop_after_attempt(8),
            retry=tenacity.retry_if_exception(is_worth_it),
            reraise=True,
        )
        try:
            retrying(worker.call, operation, parameters, edge)
            self.believe(instance, "done", action)
        except (Refused, TimedOut):
            self.believe(instance, "failed", action)

    def on(self, message):
        self.now, self.actions = message["now"], []
        if message["type"] == "timer":
            whom = self.timers.pop(message["token"])
        else:
            whom = self.calls.pop(message["call"])
        if isinstance(whom, Worker):
            whom.go_on(message)
        else:
            self.on_edge(whom)
        return self.actions

    def end(self):
        for worker in self.workers.values():
            worker.go_on(Over)


def main():
    run = None
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "reset":
            if run:
                run.end()
            run = Run(message)
            actions = run.actions
        else:
            actions = run.on(message)
        print(json.dumps({"actions": actions}), flush=True)


main()
