"""What vulture takes for dead and is not (``make dead``): each name with who reads it. Read by vulture only, never run.

A name stands here because a template, a library, another program or a test of a public surface reads it. What nothing
but its own test would miss, and no page promises, is deleted together with the test.
"""

# A library or the language reads what is set
_.writeable  # numpy: arrays that are handed out must not be written
_.row_factory  # sqlite3
_.MAX_IMAGE_PIXELS  # Pillow: a fax's page may be no bigger
_.italian_leading_zero  # phonenumbers, read when it formats
_.number_of_leading_zeros  # phonenumbers
_.default_error_handler  # Bottle
_.rbufsize  # cheroot
_.error_log  # cheroot
_._expire  # cheroot calls ours in place of its own
_.ConnectionClass  # cheroot
_.keep_alive_conn_limit  # cheroot
_.request_queue_size  # cheroot
_.max_request_body_size  # cheroot
_.max_request_header_size  # cheroot
_._telling  # asyncio forgets a task that nobody holds
_.forward  # torch calls it
_.inter_op_num_threads  # ONNX Runtime's options
_.intra_op_num_threads
_.log_severity_level
_.graph_optimization_level
_.subgraphs  # the fields of a TFLite file, written by its schema (models/recipe/tflite.py)
_.builtinCode
_.deprecatedBuiltinCode
_.opcodeIndex
_.builtinOptions
_.builtinOptionsType
_.padding
_.strideH
_.strideW
_.fusedActivationFunction
_.axis

# Templates read rows and facts (webui/templates)
seen_ms  # call.tpl
call_back_ms  # home_day.tpl
called_back_ms  # parts.tpl
draft  # parts.tpl
new_messages  # home_messages.tpl
new_count  # home_messages.tpl
calls_in  # home_day.tpl
calls_out  # home_day.tpl
admin  # layout.tpl
iso  # parts.tpl
_.narrowed  # calls.tpl
call_kept  # time.tpl
free_s  # time.tpl
device_words  # account.tpl
seen_s  # account.tpl

# Told as a whole: the fields go to the Health page by name (dataclasses.asdict)
dropped_bytes
_.dropped_bytes
resent
_.resent
duplicate_events
_.duplicate_events
round_trip_ms
_.round_trip_ms
heap_free
temp_c

# Looked up by name
_.duration  # prompts: {duration} in a sentence of the catalogue

# Tables: of a data sheet, a pin map, a protocol, a country; complete, whoever reads them today
impedance  # drivers/signals/countries.py
RESET_CONFIG  # INA219, drivers/i2c/power.py
FSYNC  # firmware/hat/pins.py
VBAT_PG
ADC_BOARD_ID
LOG_INFO  # firmware/hat/protocol.py
LOG_WARNING
REVISION_B  # Si3050
RX_START_LOW  # Si3050, Si3210
RING_POSITIVE
RING_NEGATIVE
INT_POLARITY
INT_ENABLE1  # Si3210
RING_CONTROL
TIP_VOLTAGE
RING_VOLTAGE
full_duplex  # what a port declares it can do (drivers/ports/abilities.py): read as rooms come that ask
on_hook_audio
tells_the_caller
TUNING  # tools/bench/corpora.py: the half that thresholds were chosen on, so that nobody measures with it

licence  # models/files.py: a model without one is no model of ours

# Contracts that stand before their first tenant; tests try them over real sockets
RemoteBank  # drivers/remote.py: a bank of ports in another process
Played  # firmware/gateways/played.py: its other end
brief  # firmware/supervisor/calls/talk.py, Person: with the verbs of Talk, for the dialogs of people who log in
Names  # firmware/supervisor/listening/names.py: people's names, for the dialogs that ask for one

# Declarations that tests hold the code against
SOURCE  # board/overlay: the overlay that is shipped is the one the pin map makes
mcu_pin  # hardware/tables.py: the firmware's pins are the board's
CALLER  # rules/reasons.py: each decision names who calls
REACHING  # rules/reasons.py: what no decision about a call alone can say
DECIDING  # rules/reasons.py: and ends with what decided
max_s  # prompts/catalogue.py: no prompt is longer, in any language
star_code_clashes  # assistant/commands.py: our codes clash with no carrier's

# The HAT's firmware: set for its tests on the twin, or read by the fakes, which vulture does not look at
_.lamp  # of a handset, kept until the expander drives it
_.bad_audio  # counters
_.audio_dropped
_.events_lost
_.in_twin  # board/virtual/mcu/fakes/world.py
_.setLevel  # logging as MicroPython's library has it
_.hasHandlers
_.removeHandler

# The board's header and devices (drivers/gpio, drivers/i2c): every pin has its verb, tried on the virtual board
_.hold_in_reset
_.start_boot_loader
_.irq
_.alive_level
_.on_alive
_.on_device_interrupt
_.on_button

# Signals: counters that tests and tools.bench look at, what the tests' exchanges send
_.lost_near
_.lost_reference
_.divergences
sdmf  # the older caller ID of North America: the receiver is tried with it
sdmf_waiting

# The virtual board's surface (board/virtual/README.md): what tests do to it and look at
_.in_talk
_.subscriber
subscriber
connected_at
_.connected_at
_.hits
_.strike
_.stick
_.lose_supply
_.unplug
USR5637
CONEXANT
_.heard_from
_.raised_by  # tools/scenario/stage.py: tests/faults restarts the supervisor as a service manager does

# the emulated RP2040: rp2040py reads these; and a fault of the line side that only tests make
logger
on_transmit
on_watchdog_trigger
pc
drop_hook
far_delay  # when the far end's echo comes, as its tests ask
