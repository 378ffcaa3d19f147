// What the interpreter calls the board, and how much of the flash is the file system of the update slots.
#include "frontdesk_version.h" // from firmware/hat/version.py, by tools/firmware
#define MICROPY_HW_BOARD_NAME "Frontdesk HAT " FRONTDESK_VERSION
#define MICROPY_HW_FLASH_STORAGE_BYTES (1408 * 1024)
