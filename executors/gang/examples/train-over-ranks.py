"""Trains a small model over the ranks of a workload, and goes on from its newest checkpoint when it is started again.

    rerig run --ranks 2 --output /farm/output/first -- python3 train-over-ranks.py

The same result comes out whether it is interrupted or not: batches are made from the step's number, and the state of the
optimiser is in the checkpoint. What is asked of a program that is preempted, or whose rig is lost, is all here:

- it reads where its ranks meet from MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE, as with torchrun;
- it writes checkpoints to RERIG_OUTPUT_FOLDER, under another name first, so that one that is there is whole;
- it starts from the newest in RERIG_EARLIER_OUTPUT_FOLDERS, a list from the newest run to the oldest;
- on SIGTERM its ranks agree on a step, keep a checkpoint, and end.

Settings: TRAIN_STEPS (200), TRAIN_CHECKPOINT_STEPS (10), TRAIN_STEP_SECONDS (0: a pause after each step),
TRAIN_PEER_SECONDS (60: how long a rank waits for another that says nothing).
"""

import datetime
import glob
import json
import os
import signal
import sys
import time

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

STEPS = int(os.environ.get("TRAIN_STEPS", "200"))
CHECKPOINT_STEPS = int(os.environ.get("TRAIN_CHECKPOINT_STEPS", "10"))
STEP_SECONDS = float(os.environ.get("TRAIN_STEP_SECONDS", "0"))
PEER_SECONDS = float(os.environ.get("TRAIN_PEER_SECONDS", "60"))
OUTPUT = os.environ.get("RERIG_OUTPUT_FOLDER") or "."
EARLIER = [folder for folder in os.environ.get("RERIG_EARLIER_OUTPUT_FOLDERS", "").split(":") if folder]
BATCH_ROWS = 64
KEPT_CHECKPOINTS = 2

is_asked_to_end = False


def ask_to_end(*_):
    global is_asked_to_end
    is_asked_to_end = True


def say(text):
    print(text, flush=True)


def checkpoints(folder):
    """Whole checkpoints of a folder, newest first."""
    return sorted(glob.glob(os.path.join(folder, "checkpoint-*.pt")), reverse=True)


def newest_state():
    """The state in the newest checkpoint that can be read, of this run or an earlier one; None where there is none."""
    for folder in [OUTPUT, *EARLIER]:
        for path in checkpoints(folder):
            try:
                state = torch.load(path)
            except Exception as cause:  # A disk that was full, a file that was cut: an older one does.
                say(f"{path} can't be read: {cause}")
                continue
            say(f"goes on from {path}")
            return state
    return None


def keep_checkpoint(state):
    path = os.path.join(OUTPUT, f"checkpoint-{state['step']:08}.pt")
    with open(path + ".part", "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".part", path)
    for old in checkpoints(OUTPUT)[KEPT_CHECKPOINTS:]:
        os.remove(old)


def batch_of(step, rank, ranks):
    """The rank's rows of a step's batch: the same, whoever asks and how often."""
    generator = torch.Generator().manual_seed(step)
    inputs = torch.rand(BATCH_ROWS, 4, generator=generator, dtype=torch.float64) * 2 - 1
    targets = torch.sin(3 * inputs[:, :1]) * inputs[:, 1:2] + inputs[:, 2:3] * inputs[:, 3:4]
    return inputs[rank::ranks], targets[rank::ranks]


def mean_over_ranks(value):
    total = value.detach().clone()
    dist.all_reduce(total)
    return (total / dist.get_world_size()).item()


def any_rank(flag):
    asked = torch.tensor(1 if flag else 0)
    dist.all_reduce(asked, op=dist.ReduceOp.MAX)
    return asked.item() == 1


def train():
    rank, ranks = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1)).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    # Rank 0 reads and tells the others: they need not reach its disk.
    told = [newest_state() if rank == 0 else None]
    dist.broadcast_object_list(told, src=0)
    first = 0
    if told[0] is not None:
        model.load_state_dict(told[0]["model"])
        optimizer.load_state_dict(told[0]["optimizer"])
        first = told[0]["step"]
    parallel = DistributedDataParallel(model)
    say(f"rank {rank} of {ranks} begins at step {first}")
    for step in range(first, STEPS):
        inputs, targets = batch_of(step, rank, ranks)
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(parallel(inputs), targets).backward()
        optimizer.step()
        done = step + 1
        is_ending = any_rank(is_asked_to_end)
        if rank == 0 and (is_ending or done % CHECKPOINT_STEPS == 0 or done == STEPS):
            keep_checkpoint({"step": done, "model": model.state_dict(), "optimizer": optimizer.state_dict()})
            say(f"kept step {done}")
        if is_ending and done < STEPS:
            say(f"rank {rank} ends at step {done}, as asked")
            return None
        time.sleep(STEP_SECONDS)
    inputs, targets = batch_of(STEPS, rank, ranks)
    with torch.no_grad():
        loss = mean_over_ranks(torch.nn.functional.mse_loss(model(inputs), targets))
    if rank == 0:
        with open(os.path.join(OUTPUT, "result.json"), "w") as file:
            json.dump({"loss": repr(loss), "steps": STEPS, "ranks": ranks}, file)
        say(f"final loss {loss!r} after {STEPS} steps")
    return loss


def main():
    signal.signal(signal.SIGTERM, ask_to_end)
    torch.set_num_threads(1)
    dist.init_process_group("gloo", timeout=datetime.timedelta(seconds=PEER_SECONDS))
    loss = train()
    dist.destroy_process_group()
    # As a program that SIGTERM has ended, so that whoever started it knows that there is more to do.
    return 0 if loss is not None else 128 + signal.SIGTERM


if __name__ == "__main__":
    sys.exit(main())
