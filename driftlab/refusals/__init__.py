"""How an answer refuses, read sentence by sentence: `reading` and `roles` read, `weighing` weighs, `learn` learns."""
