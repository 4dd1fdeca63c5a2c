#include "tests/support/mosquitto.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "common/domain/check.h"

namespace mercaptan::test {
namespace {

constexpr const char* kBroker = "/usr/sbin/mosquitto";
constexpr auto kEndTimeout = std::chrono::seconds{10};

}  // namespace

Mosquitto::Mosquitto(std::vector<std::string> config_lines) : port_{free_port()} {
    std::ofstream config{directory_.path() / "mosquitto.conf"};
    if (geteuid() == 0) {
        config << "user root\n";  // Else it becomes a user who may not write here.
    }
    config << "persistence true\n"
           << "persistence_location " << directory_.path().string() << "/\n"
           << "log_type all\n"
           << "log_dest stderr\n"
           << "listener " << port_ << " 127.0.0.1\n"
           << "allow_anonymous true\n";
    for (const std::string& line : config_lines) {
        config << line << "\n";
    }
    MERCAPTAN_CHECK(config.flush().good());
}

void Mosquitto::start() {
    const std::string config = directory_.path() / "mosquitto.conf";
    process_.emplace(std::vector<std::string>{kBroker, "-c", config},
                     directory_.path() / "mosquitto.log");
    MERCAPTAN_CHECK(eventually([this] { return accepts_connections(port_); }));
}

void Mosquitto::stop() {
    end(SIGTERM);
}
void Mosquitto::kill() {
    end(SIGKILL);
}

void Mosquitto::end(int signal) {
    process_->signal(signal);
    MERCAPTAN_CHECK(process_->wait(kEndTimeout).has_value());
    process_.reset();
}

std::string Mosquitto::log() const {
    const std::ifstream file{directory_.path() / "mosquitto.log"};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace mercaptan::test
