#include "processor/cli/commands.h"

int main(int argc, char** argv) {
    return mercaptan::cli::run_cli(argc, argv);
}
