/** A whole job file, with every key. `rerig run --example` prints it. */
export const exampleJob = `# A job for "rerig run job.yaml". Every key is optional, but command or script;
# the command line overrules each: rerig run job.yaml --cards 2
# Paths are taken from the folder of this file on, and there the job runs.

name: train

# The program and its arguments; no shell reads them ...
command: [python3, train.py, --epochs, "3"]
# ... or lines for /bin/sh in its place:
# script: |
#   pip install -r requirements.txt
#   python3 train.py --epochs 3

# What each card must be able to do. Left out: any card will do.
cards: 1             # for each rank, on one rig; 0: none
vram: 8GB            # what is sold as 8 GB; 8GiB: exactly that, by its driver
# route: [cuda, rocm]  # one of these: cuda, rocm, vulkan, cpu
# card-model: RTX 3060 # or a list of models
# grade: C             # at least as good as this
# link: 1GB/s          # its PCIe link: a riser has 0.25 to 1 GB/s
# rig: [rig-1]         # only here
# card: rig-1/01:00.0  # exactly this one, in place of all above

# A container shuts the job in: no privileges, no way to the farm's own network.
# image: docker.io/library/python:3.12-slim
# network: internet    # or none
# mount: [data:/data:ro, models:/models]

env:
  SEED: 1
# env-file: secrets.env

# ranks: 4             # a gang: all start or none, with torchrun's variables
time-limit: 2h
interruptible: false   # true: it gives way to paid work, and goes on after it
# notice: 2m           # word before it has to give way
# restarts: 3          # after an error of its own
output: output         # each run writes to RERIG_OUTPUT_FOLDER, its own in here
queue: true            # false: refuse where the cards are held by others

# memory: 8GB
# cores: 2
# processes: 500
# disk: 20GB
# folder: .
# stop-within: 10s     # killed so long after it was asked to end
`;
