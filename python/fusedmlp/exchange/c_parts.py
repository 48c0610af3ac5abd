"""The C functions that operations call; each is written only into files that need it.

``@N`` is the name of the model, ``@T`` float or double, ``@F`` the ending of math.h's functions.
"""

from __future__ import annotations

PARTS: dict[str, str] = {
    "max": """\
static @T @N_max(@T a, @T b) { return a < b ? b : a; }
""",
    "min": """\
static @T @N_min(@T a, @T b) { return b < a ? b : a; }
""",
    "dense": """\
static void @N_dense(const @T *x, @T *y, const @T *w, const @T *b, int n, int m) {
    for (int j = 0; j < m; j++) y[j] = b ? b[j] : (@T)0;
    for (int i = 0; i < n; i++, w += m) {
        const @T v = x[i];
        for (int j = 0; j < m; j++) y[j] += v * w[j];
    }
}
""",
    "dense8": """\
static void @N_dense8(const @T *x, @T *y, const signed char *w, const @T *scale, const @T *b,
                      int n, int m) {
    for (int j = 0; j < m; j++) y[j] = (@T)0;
    for (int i = 0; i < n; i++, w += m) {
        const @T v = x[i];
        for (int j = 0; j < m; j++) y[j] += v * (@T)w[j];
    }
    for (int j = 0; j < m; j++) y[j] = y[j] * scale[j] + (b ? b[j] : (@T)0);
}
""",
    "layer_norm": """\
static void @N_layer_norm(const @T *x, @T *y, const @T *w, const @T *b, double eps, int n) {
    double mean = 0.0, variance = 0.0;
    for (int i = 0; i < n; i++) mean += (double)x[i];
    mean /= n;
    for (int i = 0; i < n; i++) variance += ((double)x[i] - mean) * ((double)x[i] - mean);
    const double inverse = 1.0 / sqrt(variance / n + eps);
    for (int i = 0; i < n; i++) y[i] = (@T)(((double)x[i] - mean) * inverse) * w[i] + b[i];
}
""",
    "softmax": """\
static void @N_softmax(const @T *x, @T *y, int n, int log_of_it) {
    @T most = x[0], sum = (@T)0;
    for (int i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    for (int i = 0; i < n; i++) sum += exp@F(x[i] - most);
    for (int i = 0; i < n; i++) {
        y[i] = log_of_it ? x[i] - most - log@F(sum) : exp@F(x[i] - most) / sum;
    }
}
""",
    "sort": """\
static void @N_sort(const @T *x, @T *y, int n) {
    for (int i = 0; i < n; i++) {
        int k = i;
        for (; k > 0 && y[k - 1] > x[i]; k--) y[k] = y[k - 1];
        y[k] = x[i];
    }
}
""",
    "index": """\
static int @N_index(@T v, int size) { return v >= (@T)0 && v < (@T)size ? (int)v : 0; }
""",
    "pass": """\
static void @N_pass(const @T *x, @T *y, const int *from, int n) {
    for (int i = 0; i < n; i++) y[i] = x[from[i]];
}
""",
    "embed": """\
static void @N_embed(const @T *x, @T *y, const int *columns, const int *sizes, const int *first,
                     const @T *table, int n, int dim) {
    for (int i = 0; i < n; i++) {
        const int row = first[i] + @N_index(x[columns[i]], sizes[i]);
        for (int d = 0; d < dim; d++) y[i * dim + d] = table[row * dim + d];
    }
}
""",
    "one_hot": """\
static void @N_one_hot(const @T *x, @T *y, const int *columns, const int *sizes, const int *first,
                       const @T *off, const @T *on, int skip, int n, int m) {
    for (int j = 0; j < m; j++) y[j] = off[j];
    for (int i = 0; i < n; i++) {
        const int k = @N_index(x[columns[i]], sizes[i]);
        if (k >= skip) y[first[i] + k] = on[first[i] + k];
    }
}
""",
    "periodic": """\
static void @N_periodic(const @T *x, @T *y, const int *columns, const @T *frequency,
                        const @T *phase, const @T *weight, const @T *bias, int n, int waves,
                        int dim) {
    for (int i = 0; i < n; i++, y += dim + 1) {
        const @T v = x[columns[i]];
        y[0] = v;
        for (int d = 0; d < dim; d++) y[1 + d] = bias[i * dim + d];
        for (int k = 0; k < waves; k++) {
            const @T turns = v * frequency[i * waves + k] + phase[i * waves + k];
            const @T wave = cos@F((@T)6.283185307179586 * (turns - rint@F(turns)));
            for (int d = 0; d < dim; d++) y[1 + d] += wave * weight[(i * waves + k) * dim + d];
        }
    }
}
""",
    "piecewise": """\
static void @N_piecewise(const @T *x, @T *y, const int *columns, const @T *low, const @T *start,
                         const @T *slope, int n, int bins, int dim) {
    for (int i = 0; i < n; i++, y += dim + 1) {
        const @T v = x[columns[i]];
        int t = 0;
        while (t + 1 < bins && low[i * bins + t + 1] <= v) t++;
        const @T step = v - low[i * bins + t];
        const int at = (i * bins + t) * dim;
        y[0] = v;
        for (int d = 0; d < dim; d++) y[1 + d] = start[at + d] + step * slope[at + d];
    }
}
""",
    "gap": """\
static int @N_gap(double v) { return !(v >= -1e100 && v <= 1e100); }
""",
    "scaled": """\
static @T @N_scaled(double v, double center, double scale, int smooth) {
    if (@N_gap(v)) return (@T)0;
    v = (v - center) / scale;
    v = v > 1e6 ? 1e6 : v < -1e6 ? -1e6 : v;
    if (smooth) {
        double root = v * (1.0 / 3.0);
        root *= root;
        v /= sqrt(root + 1.0);
    }
    return (@T)(float)v;
}
""",
    "same": """\
static int @N_same(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}
""",
}

# What a part calls itself.
NEEDS: dict[str, tuple[str, ...]] = {
    "embed": ("index",), "one_hot": ("index",), "scaled": ("gap",),
}  # fmt: skip
