// The board as the Pico SDK wants to know it. Lines with pico_cmake_set are read by CMake, as comments in SDK 2.1.
#ifndef FRONTDESK_HAT_H
#define FRONTDESK_HAT_H

// pico_cmake_set PICO_PLATFORM=rp2040
// pico_cmake_set_default PICO_FLASH_SIZE_BYTES = (16 * 1024 * 1024)

#define PICO_BOOT_STAGE2_CHOOSE_W25Q080 1
#define PICO_FLASH_SPI_CLKDIV 2
#define PICO_FLASH_SIZE_BYTES (16 * 1024 * 1024)
#define PICO_RP2040_B0_SUPPORTED 0

#define PICO_DEFAULT_UART 0
#define PICO_DEFAULT_UART_TX_PIN 0
#define PICO_DEFAULT_UART_RX_PIN 1
#define PICO_DEFAULT_LED_PIN 25

// The port's defaults want these; the program names its own pins (pins.py). Left out, an unset macro counts as 0.
#define PICO_DEFAULT_I2C 0
#define PICO_DEFAULT_I2C_SDA_PIN 4
#define PICO_DEFAULT_I2C_SCL_PIN 5
#define PICO_DEFAULT_SPI 0
#define PICO_DEFAULT_SPI_SCK_PIN 6
#define PICO_DEFAULT_SPI_TX_PIN 7
#define PICO_DEFAULT_SPI_RX_PIN 4
#define PICO_DEFAULT_SPI_CSN_PIN 5

#endif
