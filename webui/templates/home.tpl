% from webui.reasons import reason
% status, why = office
% rebase('layout', title=t('nav.home'), here='home')
<header class="page-head">
<h1>{{t('nav.home')}}</h1>
<p class="quiet">{{reason(why.id, t, dict(why.fields))}}</p>
% pill(t('status.' + status), 'good' if status == 'working' else 'warn')
</header>
<div id="toasts">
% if dialling:
%   toast(t('home.dialling', handset=handset(dialling)))
% end
% if done:
<div class="toast" role="status" data-hide-after="10"><p>{{t('missed.gone')}}</p>
<form method="post" action="/calls/{{done}}/done">
%   token_field()
<input type="hidden" name="back" value="/"><input type="hidden" name="again" value="yes">
<button type="submit" class="plain">{{t('toast.undo')}}</button>
</form></div>
% end
</div>
<div hx-get="/home/now" hx-trigger="box:line from:body delay:100ms, box:handset from:body delay:100ms, box:call from:body delay:100ms, box:resync from:body, box:box from:body" hx-swap="innerHTML">
% include('home_now')
</div>
<div class="two">
<div hx-get="/home/messages" hx-trigger="box:message from:body delay:100ms, box:resync from:body" hx-swap="innerHTML" data-hold-while-used>
% include('home_messages')
</div>
<div>
<div hx-get="/home/day" hx-trigger="box:call from:body delay:300ms, box:resync from:body" hx-swap="innerHTML" data-hold-while-used>
% include('home_day')
</div>
% if demo:
<div id="demo">
%   with card(t('demo.title'), 'demo'):
<p class="quiet">{{t('demo.hint')}}</p>
<form method="post" action="/demo" class="inline" hx-post="/demo" hx-target="#demo" hx-select="#demo" hx-swap="outerHTML">
%     token_field()
%     field(t('demo.sentence'), 'sentence', demo_sentence or t('demo.example'), longest=300)
<button type="submit">{{t('demo.button')}}</button>
</form>
%     if demo_answer:
<p class="mono" role="status">{{plain(demo_answer, 2000, lines=True)}}</p>
%     end
%   end
</div>
% end
</div>
</div>
