#!/usr/bin/env python3
"""A controller for stopsim in Python: it starts and stops its instances at the edges of a demand.

It asks again when it is throttled, when the service fails, when something else is under way and
when stock is short, each time after twice as long with some luck; then it looks until the instance
is where it should be. It knows nothing but what it is told: no clock, no random source, no file.
docs/PROGRAM.md says what the lines mean.
"""

import json
import random
import sys

SECOND = 1_000_000
RETRIED = {"throttling", "server", "conflict", "status", "stock"}
GIVE_UP = 30 * 60 * SECOND
LOOK_EVERY = 15 * SECOND


class Job:
    """One instance on its way from one edge on."""

    def __init__(self, instance, action, edge, due):
        self.instance, self.action, self.edge, self.due = instance, action, edge, due
        self.wait = SECOND

    def operation(self):
        return "StartInstance" if self.action == "start" else "StopInstance"

    def parameters(self):
        mode = {} if self.action == "start" else {"StoppedMode": "StopCharging"}
        return {"InstanceId": self.instance, **mode}

    def is_there(self, status):
        return status == ("Running" if self.action == "start" else "Stopped")


class Mine:
    """All of them, in one run."""

    def __init__(self, reset):
        self.instances, self.edges = reset["instances"], reset["edges"]
        # Its own luck comes from the seed that it is told, and from nowhere else.
        self.luck = random.Random(reset["luck"])
        self.jobs = {}
        self.timers, self.woken = {}, 0
        self.calls, self.sent = {}, 0
        self.actions = []
        for edge in range(len(self.edges)):
            self.wake(self.edges[edge]["at"], self.on_edge, edge)

    # What it does.

    def wake(self, at, do, what):
        self.timers[self.woken] = (do, what)
        self.actions.append({"do": "wake", "at": at, "token": self.woken})
        self.woken += 1

    def send(self, job, operation, parameters, heard):
        self.calls[self.sent] = (heard, job)
        self.sent += 1
        self.actions.append({
            "do": "send", "operation": operation, "parameters": parameters, "edge": job.edge,
        })

    def believe(self, job, belief):
        self.actions.append({
            "do": "believe", "instance": job.instance, "belief": belief, "action": job.action,
        })

    # What happens.

    def on_edge(self, now, edge):
        action = "start" if self.edges[edge]["wanted"] else "stop"
        for instance in self.instances:
            job = self.jobs[instance] = Job(instance, action, edge, now)
            self.actions.append({
                "do": "intend", "instance": instance, "action": action, "due": now,
            })
            self.believe(job, "under_way")
            self.ask(now, job)

    def ask(self, now, job):
        if self.jobs.get(job.instance) is job:
            self.send(job, job.operation(), job.parameters(), self.on_asked)

    def on_asked(self, now, job, answer):
        if self.jobs.get(job.instance) is not job:
            return
        refused = answer.get("refused")
        if "ok" in answer:
            self.wake(now + LOOK_EVERY, self.look, job)
        elif refused is None or refused["class"] in RETRIED:
            self.later(now, job, refused)
        else:
            self.believe(job, "failed")

    def later(self, now, job, refused):
        if now - job.due > GIVE_UP:
            self.believe(job, "failed")
            return
        # Half of the wait is sure, half is luck.
        wait = (refused or {}).get("retry_after")
        wait = wait or job.wait // 2 + self.luck.randrange(job.wait // 2)
        job.wait = min(2 * job.wait, 60 * SECOND)
        # Something that was carried out and answered with an error is seen by a look.
        self.wake(now + wait, self.look, job)

    def look(self, now, job):
        if self.jobs.get(job.instance) is job:
            self.send(job, "DescribeInstanceStatus", {"InstanceId": [job.instance]}, self.on_looked)

    def on_looked(self, now, job, answer):
        if self.jobs.get(job.instance) is not job:
            return
        rows = answer.get("ok", {}).get("InstanceStatuses", {}).get("InstanceStatus", [])
        status = rows[0]["Status"] if rows else None
        if job.is_there(status):
            self.believe(job, "done")
        elif now - job.due > GIVE_UP:
            self.believe(job, "failed")
        elif status in ("Starting", "Stopping", None):
            self.wake(now + LOOK_EVERY, self.look, job)
        else:
            self.ask(now, job)

    def on(self, message):
        now, self.actions = message["now"], []
        if message["type"] == "timer":
            do, what = self.timers.pop(message["token"])
            do(now, what)
        else:
            heard, job = self.calls.pop(message["call"])
            heard(now, job, message)
        return self.actions


def main():
    mine = None
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "reset":
            mine = Mine(message)
            actions = mine.actions
        else:
            actions = mine.on(message)
        print(json.dumps({"actions": actions}), flush=True)


main()
