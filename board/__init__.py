"""What this board is: country table, ID EEPROM, overlay, systemd units; ``virtual`` is the whole board as software."""
