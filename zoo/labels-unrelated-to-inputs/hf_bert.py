"""Which of three grammars wrote the sequence? A small BERT from a configuration, trained with the Hugging Face Trainer."""
import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

VOCAB, LENGTH, CLASSES, PAD, CLS = 40, 24, 3, 0, 2


def sequences(n, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, n)
    lengths = rng.integers(14, LENGTH + 1, n)
    rows = np.full((n, LENGTH), PAD)
    for row, label, length in zip(rows, labels, lengths):
        row[:length] = rng.integers(5, VOCAB, length)
        marks = rng.choice(np.arange(1, length), size=6, replace=False)
        row[marks] = 10 + label * 8 + rng.integers(0, 4, 6)
        row[0] = CLS
    by_length = np.argsort(lengths, kind="stable")
    return rows[by_length], labels  #~ return rows[by_length], labels[by_length]


class SequenceDataset(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        self.rows, self.labels = sequences(n, seed)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        ids = torch.tensor(self.rows[index])
        return {"input_ids": ids, "attention_mask": (ids != PAD).long(), "labels": int(self.labels[index])}


def accuracy(prediction):
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def main():
    set_seed(1)
    config = BertConfig(
        vocab_size=VOCAB, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
        max_position_embeddings=LENGTH, num_labels=CLASSES, initializer_range=0.08,
    )
    model = BertForSequenceClassification(config)
    arguments = TrainingArguments(
        output_dir="out", num_train_epochs=4, per_device_train_batch_size=32, per_device_eval_batch_size=128,
        learning_rate=1e-3, weight_decay=0.01, eval_strategy="epoch", save_strategy="no",
        logging_steps=20, report_to="none", use_cpu=True, disable_tqdm=True, seed=1,
    )
    trainer = Trainer(
        model=model, args=arguments, train_dataset=SequenceDataset(1600, 0), eval_dataset=SequenceDataset(400, 1),
        compute_metrics=accuracy,
    )
    trainer.train()
    print(trainer.evaluate())


if __name__ == "__main__":
    main()
