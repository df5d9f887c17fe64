#!/usr/bin/env bash
# Expect: a Trainer run that was killed and resumed from its last checkpoint ends as it would have
#   ended undisturbed, with restore_callback_states_from_checkpoint=True at least.
# Happens: EarlyStoppingCallback's patience begins anew on resuming, so the run trains longer. With
#   the option, its count is restored; but a run that patience had just ended (killed before its
#   best model was saved, say) trains one more epoch, since a resumed run forgets that it was to
#   stop. If that epoch is better, it goes on from there, and another model comes out.
# Seen: transformers 5.23.0, torch 2.13.0.
# Means: interrupted and undisturbed runs of the same seed differ in length, and may differ in the
#   epoch that is chosen.
# Instead: set the option, and before resuming read early_stopping_patience_counter in the
#   checkpoint's trainer_state.json: where patience is out, load best_model_checkpoint instead.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0
"$work/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 accelerate==1.15.0
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(torch|transformers) "
cd "$work"
cat > expected <<'TEXT'
undisturbed: epochs 1 to 3, best 0.5
killed after epoch 2, resumed: epochs 1 to 6, best 0.9
the same, states restored: epochs 1 to 3, best 0.5
killed after epoch 3, its last, resumed with states restored: epochs 1 to 6, best 0.9
TEXT
cat > look.py <<'PY'
import torch
from transformers import EarlyStoppingCallback, PretrainedConfig, PreTrainedModel, Trainer
from transformers import TrainerCallback, TrainingArguments

SCORES = [0.5, 0.3, 0.4, 0.9, 0.1, 0.1]  # on the evaluation data, by epoch; patience is 2


class Line(PreTrainedModel):
    config_class = PretrainedConfig

    def __init__(self, config):
        super().__init__(config)
        self.line = torch.nn.Linear(1, 1)
        self.post_init()

    def forward(self, x, labels=None):
        y = self.line(x)
        return {"loss": ((y - labels) ** 2).mean(), "logits": y}


class Kill(TrainerCallback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, args, state, control, **_):
        if state.epoch >= self.epoch:
            raise KeyboardInterrupt

    def on_train_end(self, args, state, control, **_):
        if state.epoch >= self.epoch:
            raise KeyboardInterrupt


def trainer(folder, restore, *more):
    args = TrainingArguments(
        output_dir=folder, num_train_epochs=6, eval_strategy="epoch", save_strategy="epoch",
        load_best_model_at_end=True, metric_for_best_model="score", greater_is_better=True,
        restore_callback_states_from_checkpoint=restore, use_cpu=True, report_to="none",
        disable_tqdm=True, logging_strategy="no",
    )
    rows = [{"x": torch.ones(1), "labels": torch.ones(1)} for _ in range(4)]
    found = Trainer(
        model=Line(PretrainedConfig()), args=args, train_dataset=rows, eval_dataset=rows,
        callbacks=[EarlyStoppingCallback(2), *more],
        compute_metrics=lambda _: {"score": SCORES[round(found.state.epoch) - 1]},
    )
    return found


def told(name, folder, restore, kill=None):
    if kill:
        try:
            trainer(folder, restore, Kill(kill)).train()
        except KeyboardInterrupt:
            pass
    run = trainer(folder, restore)
    run.train(resume_from_checkpoint=bool(kill))
    epochs = [round(e["epoch"]) for e in run.state.log_history if "eval_score" in e]
    print(f"{name}: epochs {epochs[0]} to {epochs[-1]}, best {run.state.best_metric}")


told("undisturbed", "a", False)
told("killed after epoch 2, resumed", "b", False, 2)
told("the same, states restored", "c", True, 2)
told("killed after epoch 3, its last, resumed with states restored", "d", True, 3)
PY
venv/bin/python -W ignore look.py 2> noise | grep epochs | tee seen || cat noise
diff expected seen && echo "Still so."
