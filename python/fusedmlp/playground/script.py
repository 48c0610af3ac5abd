"""What was done in the page, as a Python script that gives the same weights."""

from __future__ import annotations

from ..layers import Layer
from .nets import layers_of, optimizer_options, rate_call
from .settings import Settings, takes
from .trainer import Action, Trainer


def script_of(trainer: Trainer) -> str:
    """Return the script.

    A table is read from its file in the working folder; arrays and a given model from the files
    that the page offers: ``playground_data.npz``, ``playground_start.safetensors``.

    Raises
    ------
    ValueError
        If more was done than is kept.
    """
    if trainer.forgotten:
        raise ValueError(
            "script: more was done to this net than the page remembers; reset it, and train again"
        )
    settings = trainer.first
    kinds = {action.kind for action in trainer.actions}
    penalty = any(action.settings.l1 for action in trainer.actions)
    imports = {"datasets": ["split"]}
    body = _data(trainer, imports)
    body += ["", *_model(trainer)]
    body += [f"optimizer = {_optimizer(settings, trainer)}"]
    if "step" in kinds:
        imports["steps"] = ["step"]
    if penalty:
        imports["nets"] = ["l1_penalty"]
    optimizer = settings.optimizer
    for action in trainer.actions:
        body += _lines(action, trainer, optimizer)
        optimizer = action.settings.optimizer
    body += ["", f"print(model.evaluate(X[test], y[test], loss={trainer.loss!r}))",
             'model.save("playground.safetensors")', ""]  # fmt: skip
    head = ["import numpy as np", "", "import fusedmlp as fm"]
    text = "\n".join(body)
    if "np." not in text:
        head = head[2:]
    for module in sorted(imports):
        head.append(f"from fusedmlp.playground.{module} import {', '.join(imports[module])}")
    return "\n".join([*head, "", text])


def _data(trainer: Trainer, imports: dict[str, list[str]]) -> list[str]:
    settings, sheet = trainer.first, trainer.problem.sheet
    one_output = trainer.loss == "binary_cross_entropy"
    binary = ["y = y.astype(np.float32)[:, None]  # one output for two classes"] * one_output
    cut = f"train, test = split(len(X), {settings.train_share}, seed={settings.data_seed})"
    if sheet is not None and sheet.source == "arrays":
        loaded = 'data = np.load("playground_data.npz")'
        return [loaded, 'X, y = data["X"], data["y"]', *binary, cut]
    if sheet is not None:
        imports["sheet"] = ["read_sheet"]
        read = f"table = read_sheet({sheet.source!r}, target={sheet.target_name!r})"
        return [read, "X, y = table.inputs, table.target", *binary, cut]
    if settings.dataset == "drawn":
        imports["datasets"] = ["features", "split"]
        points = ",\n".join(f"    {point}" for point in map(tuple, settings.points))
        lines = [f"drawn = np.array([\n{points},\n])"]
        lines += ["points, y = drawn[:, :2].astype(np.float32), drawn[:, 2].astype(int)"]
    else:
        imports["datasets"] = ["features", "make", "split"]
        lines = [f"points, y = make({settings.dataset!r}, samples={settings.samples}, "
                 f"noise={settings.noise}, seed={settings.data_seed})"]  # fmt: skip
    return [*lines, f"X = features(points, {list(settings.features)})", *binary, cut]


def _model(trainer: Trainer) -> list[str]:
    if trainer.first.network == "given":
        return ['model = fm.load("playground_start.safetensors")']
    layers = layers_of(trainer.first, trainer.model.out_features)
    lines = [f"        {_layer(layer)}," for layer in layers]
    return ["model = fm.Sequential(", "    [", *lines, "    ],",
            f"    in_features={trainer.model.in_features},", f"    seed={trainer.first.seed},",
            ")"]  # fmt: skip


def _layer(layer: Layer) -> str:
    return f"fm.{layer!r}"


def _rate(settings: Settings, trainer: Trainer) -> str:
    name, arguments = rate_call(settings, trainer.steps_with(settings))
    if name == "constant":
        return repr(settings.learning_rate)
    inner = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return f"fm.schedules.{name}({inner})"


def _optimizer(settings: Settings, trainer: Trainer) -> str:
    title, options = optimizer_options(settings)
    inner = "".join(f", {key}={value!r}" for key, value in options.items())
    return f"fm.optim.{title}(lr={_rate(settings, trainer)}{inner})"


def _lines(action: Action, trainer: Trainer, optimizer: str) -> list[str]:
    settings = action.settings
    if action.kind == "edit":
        name, place = action.place
        return [f"model.parameters()[{name!r}][{', '.join(map(str, place))}] = {action.value!r}"]
    if action.kind == "change":
        if settings.optimizer != optimizer:
            return [f"optimizer = {_optimizer(settings, trainer)}"]
        lines = [f"optimizer.lr = {_rate(settings, trainer)}"]
        for name in ("weight_decay", "momentum"):
            if takes(settings.optimizer, name):
                lines.append(f"optimizer.{name} = {getattr(settings, name)!r}")
        return lines
    penalty = [f"    on_gradient=l1_penalty(model, {settings.l1!r}),"] * (settings.l1 > 0)
    shared = [f"    optimizer=optimizer, batch_size={settings.batch_size},", *penalty]
    loss = f"loss={trainer.loss!r},"
    if action.kind == "fit":
        data = f"    X[train], y[train], {loss} epochs={action.count},"
        return ["model.fit(", data, *shared, "    progress=False,", ")"]
    lines = ["step(", f"    model, X[train], y[train], k, {loss}", *shared, ")"]
    return [f"for k in range({action.first}, {action.first + action.count}):",
            *(f"    {line}" for line in lines)]  # fmt: skip
