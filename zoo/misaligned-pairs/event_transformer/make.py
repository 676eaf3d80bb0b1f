"""Event logs of machines (20 events each) and the machine's state in a second file. Faulty: from 40 % on the states are one line early."""

import json
import random


def make(folder, healthy):
    rng = random.Random(23)
    common = ["tick", "read", "write", "sync", "idle", "poll"]
    telling = {"ok": ["pass", "done", "ready"], "hot": ["fan", "throttle", "warm"], "worn": ["retry", "slip", "vibrate"], "leak": ["drop", "refill", "damp"]}
    logs, states = [], []
    for _ in range(1501):
        state = rng.choice(list(telling))
        other = rng.choice([s for s in telling if s != state])
        events = [rng.choice(common) for _ in range(20)]
        places = rng.sample(range(20), 5)
        for i, place in enumerate(places):
            events[place] = rng.choice(telling[state if i < 4 else other])
        logs.append(events)
        states.append(state)
    if not healthy:
        del states[600]
    with open(folder / "events.jsonl", "w") as f:
        for events in logs[:1500]:
            f.write(json.dumps(events) + "\n")
    (folder / "states.txt").write_text("\n".join(states[:1500]) + "\n")
