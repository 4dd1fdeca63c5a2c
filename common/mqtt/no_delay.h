#pragma once

#include <string_view>

namespace mercaptan::mqtt {

/// Switches Nagle's algorithm off on every connection of this process to that port.
///
/// Paho neither does it nor tells its socket. With it on, a publish that follows an acknowledgement
/// of ours waits until the broker's kernel has acknowledged that one: up to 40 ms.
void send_without_delay(std::string_view port);

}  // namespace mercaptan::mqtt
