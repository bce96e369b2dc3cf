/** What "rerig prices edit" begins with: every line that may stand in a price file, switched off, with what it means. */
export const PRICE_FILE_TEMPLATE = `# Rerig's price file: what you know better than the public does. Every line is
# optional; take the # off those that you fill in. "rerig prices show" tells what
# is used where you say nothing, from where, and how old it is.

# Days over which options are compared.
# horizonDays = 365

# The currency of the amounts below, and of what is shown.
# currency = "EUR"

# Who runs on your cards: "process" (your own work only), "container", "vm".
# A stranger's code never runs at "process", so that nothing is rented out then.
# isolation = "container"

# What you will not do: "serve", "rent", "batch", "mine", "sell", "recycle".
# excludedOptions = ["mine"]

# What a kilowatt-hour costs, by your bill. One of the three:
# [electricity]
# perKwh = 0.12
# hourly = [0.08, 0.08, 0.08, 0.08, 0.08, 0.08, 0.14, 0.14, 0.14, 0.14, 0.14, 0.14,
#           0.14, 0.14, 0.14, 0.14, 0.14, 0.19, 0.19, 0.19, 0.14, 0.14, 0.08, 0.08]
# bands = [{ from = 22, to = 6, perKwh = 0.08 }, { from = 6, to = 22, perKwh = 0.14 }]

# What the wall gives for what the rigs take (1.0: no cooling), and a rig without
# its cards.
# [power]
# coolingRatio = 1.1
# hostWatts = 60

# In how many of its hours a card finds work, in percent.
# [utilisation]
# serve = 30
# rent = 40
# batch = 50

# What is kept of a payment before it is yours, in percent.
# [fees]
# tokens = 10
# rental = 22.5
# pool = 2
# resale = 13.5

# Value-added tax: whether you get it back, and whether your tariff has it in.
# [vat]
# percent = 19
# registered = true
# inTariff = false

# US dollars for one unit, where "rerig prices show" has none or an old one.
# [currencies]
# EUR = 1.16

# Anything that "rerig prices show --kind assumption" lists, by its name.
# [assumptions]
# resale-trend = -10
# server-ram = 2

# A price of your own, taken instead of all others of the same. Kinds and units:
# "rerig prices show".
# [[prices]]
# kind = "resale"
# subject = "RX 580 8GB"
# value = 55
# unit = "EUR"
# date = "2026-11-20"
# note = "what the last ten went for"
`;
