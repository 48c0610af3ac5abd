/* Runs the classifier that export.py wrote: the self-test, then one picture of a digit. */

#include <stdio.h>

#include "digits.h"

static const char *const picture[8] = {
    "  ####  ",
    " ##  ## ",
    " ##  ## ",
    " ##  ## ",
    " ##  ## ",
    " ##  ## ",
    " ##  ## ",
    "  ####  ",
};

int main(void) {
    float x[DIGITS_INPUTS], y[DIGITS_OUTPUTS];
    int best = 0;
    if (digits_selftest() != 0) {
        printf("self-test failed\n");
        return 1;
    }
    for (int i = 0; i < DIGITS_INPUTS; i++) x[i] = picture[i / 8][i % 8] == '#' ? 0.8f : 0.0f;
    digits_predict(x, y);
    for (int k = 1; k < DIGITS_OUTPUTS; k++) best = y[k] > y[best] ? k : best;
    printf("self-test passed; the picture shows %d\n", best);
    return 0;
}
