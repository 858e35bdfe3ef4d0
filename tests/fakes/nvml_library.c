/* A driver's library with two cards, in the C interface that nvidia-ml-py calls.

   The second card keeps its power and its programs to itself, as small cards do. */
#include <string.h>

typedef struct { int number; } device;
typedef struct { unsigned long long total, free, used; } memory;
typedef struct { unsigned int gpu, memory; } rates;
typedef struct {
  unsigned int pid;
  unsigned long long used;
  unsigned int gpu_instance, compute_instance;
} process;

enum { OK = 0, NOT_SUPPORTED = 3, TOO_SMALL = 7 };
static const unsigned long long GIB = 1ULL << 30;
static device cards[2] = {{0}, {1}};
static int opened = 0;

int nvmlInitWithFlags(unsigned int flags) { opened++; return OK; }
int nvmlShutdown(void) { opened--; return OK; }
int opened_times(void) { return opened; }
const char *nvmlErrorString(int code) { return code == NOT_SUPPORTED ? "Not Supported" : "?"; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 2; return OK; }

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, device **found) {
  *found = &cards[index];
  return OK;
}

int nvmlDeviceGetName(device *card, char *name, unsigned int size) {
  strncpy(name, card->number ? "NVIDIA T400" : "NVIDIA RTX 5090", size);
  return OK;
}

int nvmlDeviceGetMemoryInfo(device *card, memory *found) {
  found->total = card->number ? 4 * GIB : 32 * GIB;
  found->free = card->number ? 3 * GIB : 20 * GIB;
  found->used = found->total - found->free;
  return OK;
}

int nvmlDeviceGetUtilizationRates(device *card, rates *found) {
  found->gpu = 37;
  found->memory = 5;
  return OK;
}

int nvmlDeviceGetPowerUsage(device *card, unsigned int *milliwatts) {
  *milliwatts = 187500;
  return card->number ? NOT_SUPPORTED : OK;
}

int nvmlDeviceGetTemperature(device *card, unsigned int sensor, unsigned int *celsius) {
  *celsius = 61 + sensor;
  return OK;
}

static int programs(device *card, unsigned int *count, process *found, int drawing) {
  unsigned int there = drawing ? 1 : 2;
  if (card->number) return NOT_SUPPORTED;
  if (*count < there || !found) { *count = there; return TOO_SMALL; }
  *count = there;
  memset(found, 0, there * sizeof *found);
  if (drawing) {
    found[0].pid = 99;
    found[0].used = 2 * GIB;
  } else {
    found[0].pid = 10;
    found[0].used = 5 * GIB;
    found[1].pid = 11;
    found[1].used = ~0ULL; /* NVML_VALUE_NOT_AVAILABLE */
  }
  return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v3(device *card, unsigned int *count, process *found) {
  return programs(card, count, found, 0);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(device *card, unsigned int *count, process *found) {
  return programs(card, count, found, 1);
}
